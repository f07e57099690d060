/* Chip authentication of version 2 by libeac (OpenPACE): one end of it, calculated.
 *
 *   ca-peer chip     PROTOCOL GROUP PRIVATE PUBLIC EPHEMERAL     writes nonce and token
 *   ca-peer terminal PROTOCOL GROUP PUBLIC                       writes its ephemeral key, reads nonce and token
 *
 * PROTOCOL is an object identifier, GROUP a number of the standardized domain parameters, the rest is hex. The last line is "# ok"
 * when all was as it has to be.
 */
#include <eac/ca.h>
#include <eac/eac.h>
#include <eac/ta.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what)
{
    printf("# %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static BUF_MEM *from_hex(const char *text)
{
    size_t n = strcspn(text, "\r\n") / 2;
    BUF_MEM *out = BUF_MEM_new();
    if (!out || !BUF_MEM_grow(out, n)) fail("memory");
    for (size_t i = 0; i < n; i++) {
        unsigned byte;
        if (sscanf(text + 2 * i, "%2x", &byte) != 1) fail("hex");
        out->data[i] = (char)byte;
    }
    return out;
}

static void write_hex(const BUF_MEM *bytes)
{
    for (size_t i = 0; i < bytes->length; i++) printf("%02x", (unsigned char)bytes->data[i]);
    printf("\n");
    fflush(stdout);
}

static BUF_MEM *read_hex(void)
{
    static char line[8192];
    if (!fgets(line, sizeof line, stdin)) fail("nothing to read");
    return from_hex(line);
}

int main(int argc, char **argv)
{
    if (argc < 5) fail("usage");
    EAC_init();
    EAC_CTX *ctx = EAC_CTX_new();
    if (!ctx || !EAC_CTX_init_ca(ctx, OBJ_txt2nid(argv[2]), atoi(argv[3]))) fail("protocol or group");
    if (!strcmp(argv[1], "chip") && argc == 7) {
        BUF_MEM *priv = from_hex(argv[4]), *pub = from_hex(argv[5]), *ephemeral = from_hex(argv[6]);
        BUF_MEM *nonce = NULL, *token = NULL;
        if (!CA_set_key(ctx, (unsigned char *)priv->data, priv->length, (unsigned char *)pub->data, pub->length))
            fail("static key");
        if (!CA_STEP4_compute_shared_secret(ctx, ephemeral)) fail("shared secret");
        if (!CA_STEP5_derive_keys(ctx, ephemeral, &nonce, &token)) fail("keys");
        write_hex(nonce);
        write_hex(token);
    } else if (!strcmp(argv[1], "terminal") && argc == 5) {
        BUF_MEM *pub = from_hex(argv[4]);
        BUF_MEM *compressed = TA_STEP3_generate_ephemeral_key(ctx);
        if (!compressed) fail("ephemeral key");
        write_hex(compressed);
        BUF_MEM *ephemeral = CA_STEP2_get_eph_pubkey(ctx);
        if (!ephemeral) fail("ephemeral key");
        write_hex(ephemeral);
        if (!CA_STEP4_compute_shared_secret(ctx, pub)) fail("shared secret");
        BUF_MEM *nonce = read_hex(), *token = read_hex();
        if (CA_STEP6_derive_keys(ctx, nonce, token) != 1) fail("token");
    } else fail("usage");
    puts("# ok");
    return 0;
}
