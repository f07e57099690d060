/* Chip authentication of version 2 and restricted identification by libeac (OpenPACE): one end of it, calculated.
 *
 *   ca-peer chip     PROTOCOL GROUP PRIVATE PUBLIC EPHEMERAL     writes nonce and token
 *   ca-peer terminal PROTOCOL GROUP PUBLIC                       writes its ephemeral key, reads nonce and token
 *   ca-peer sector   PROTOCOL GROUP SECTOR                       writes the chip's public key and its identifier in the sector
 *
 * PROTOCOL is an object identifier, GROUP a number of the standardized domain parameters, the rest is hex. The last line is "# ok"
 * when all was as it has to be.
 */
#include "peer.h"
#include <eac/ca.h>
#include <eac/ri.h>
#include <eac/ta.h>
#include <openssl/objects.h>

static void show(const BUF_MEM *value, const char *what)
{
    if (!value) fail(what);
    write_line(value->data, value->length);
}

static BUF_MEM *read_buffer(void)
{
    bytes line;
    read_line(&line);
    return buffer(line.b, line.n);
}

static void chip(EAC_CTX *ctx, char **given)
{
    BUF_MEM *private = hex_buffer(given[4]), *public = hex_buffer(given[5]), *ephemeral = hex_buffer(given[6]);
    BUF_MEM *nonce = NULL, *token = NULL;
    if (!CA_set_key(ctx, (unsigned char *)private->data, private->length, (unsigned char *)public->data, public->length))
        fail("static key");
    if (!CA_STEP4_compute_shared_secret(ctx, ephemeral)) fail("shared secret");
    if (!CA_STEP5_derive_keys(ctx, ephemeral, &nonce, &token)) fail("keys");
    show(nonce, "nonce");
    show(token, "token");
}

static void terminal(EAC_CTX *ctx, const char *public)
{
    show(TA_STEP3_generate_ephemeral_key(ctx), "ephemeral key");
    show(CA_STEP2_get_eph_pubkey(ctx), "ephemeral key");
    if (!CA_STEP4_compute_shared_secret(ctx, hex_buffer(public))) fail("shared secret");
    BUF_MEM *nonce = read_buffer(), *token = read_buffer();
    if (CA_STEP6_derive_keys(ctx, nonce, token) != 1) fail("token");
}

static void sector(EAC_CTX *ctx, const char *public)
{
    show(ctx->ri_ctx->generate_key(ctx->ri_ctx->static_key, ctx->bn_ctx), "the chip's key");
    show(RI_STEP2_compute_identifier(ctx, hex_buffer(public)), "identifier");
}

int main(int count, char **given)
{
    if (count < 5) fail("chip|terminal|sector PROTOCOL GROUP ...");
    EAC_init();
    EAC_CTX *ctx = EAC_CTX_new();
    int protocol = OBJ_txt2nid(given[2]), group = atoi(given[3]), restricted = !strcmp(given[1], "sector");
    if (!ctx || !(restricted ? EAC_CTX_init_ri(ctx, protocol, group) : EAC_CTX_init_ca(ctx, protocol, group)))
        fail("protocol or group");
    if (restricted) sector(ctx, given[4]);
    else if (!strcmp(given[1], "chip") && count == 7) chip(ctx, given);
    else if (!strcmp(given[1], "terminal")) terminal(ctx, given[4]);
    else fail("usage");
    puts("# ok");
    return 0;
}
