/* One end of PACE by libeac (OpenPACE), with command APDUs as hex lines on standard input and output.
 *
 *   pace-peer terminal EF.CardAccess KIND SECRET     writes commands, reads responses
 *   pace-peer chip     EF.CardAccess KIND SECRET     reads commands, writes responses
 *
 * KIND is the reference of the password: 1 MRZ, 2 CAN, 3 PIN, 4 PUK. After PACE one READ BINARY goes under secure messaging; its
 * answer is 01020304. The last line of the terminal is "# ok" when all was as it has to be.
 */
#include "pace.h"

int main(int count, char **given)
{
    PACE_SEC *secret;
    bytes chat = {.n = 0}, references;
    if (count != 5) fail("terminal|chip EF.CardAccess KIND SECRET");
    EAC_init();
    EAC_CTX *ctx = pace_context(given[2], given[3], given[4], &secret);
    if (!strcmp(given[1], "terminal")) {
        pace_terminal(ctx, secret, given[3], &chat, &references);
        read_binary();
        puts("# ok");
    } else if (pace_chip(ctx, secret, NULL, &chat))
        answer_read_binary();
    EAC_CTX_clear_free(ctx);
    PACE_SEC_clear_free(secret);
    return 0;
}
