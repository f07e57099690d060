/* Terminal authentication by libeac (OpenPACE), with command APDUs as hex lines on standard input and output; alone, or of version 2
 * between PACE with a template and chip authentication, as TR-03110 has it.
 *
 *   eac-peer ta-chip     VERSION ID.IC COMPRESSED CVCA
 *   eac-peer ta-terminal VERSION ID.IC COMPRESSED AUXILIARY KEY CERTIFICATE ...
 *   eac-peer chip        EF.CardAccess KIND SECRET CA GROUP PRIVATE PUBLIC CVCA
 *   eac-peer terminal    EF.CardAccess KIND SECRET CA GROUP PUBLIC CHAT AUXILIARY KEY CERTIFICATE ...
 *
 * COMPRESSED is Comp(PK.IFD) of version 1, AUXILIARY data object 67, both "-" when there is none; CA an object identifier, GROUP a
 * number of the standardized domain parameters; KEY is an ECPrivateKey, RSAPrivateKey or PKCS#8, all else is hex. The chip takes
 * certificates and gives a word of its own on each, so that refusals show. The terminal of a whole run writes "# open" and then
 * obeys lines. Whoever ends with success writes "# ok".
 */
#include "pace.h"
#include <eac/ca.h>
#include <eac/ta.h>
#include <openssl/evp.h>

static const char *absent(const char *given) { return strcmp(given, "-") ? given : NULL; }

/* A chip is given the CVCA's certificate, a terminal its own: libeac takes the algorithm of it. */
static EAC_CTX *knowing(EAC_CTX *ctx, const char *key, const char *certificate)
{
    BUF_MEM *private = key ? hex_buffer(key) : buffer("", 0), *root = hex_buffer(certificate);
    if (!ctx
        || !EAC_CTX_init_ta(ctx, (unsigned char *)private->data, private->length, (unsigned char *)root->data, root->length))
        fail("key or certificate");
    return ctx;
}

/* ---- terminal authentication */

static int is_named(const CVC_CERT *certificate, const unsigned char *reference, size_t n)
{
    const ASN1_UTF8STRING *holder = certificate ? certificate->body->certificate_holder_reference : NULL;
    return holder && (size_t)ASN1_STRING_length(holder) == n && !memcmp(ASN1_STRING_get0_data(holder), reference, n);
}

/* Its answers are those of the standard: 6A88 for a reference it does not know, 6300 for what does not verify. */
static BUF_MEM *ta_chip(EAC_CTX *ctx, int version, const BUF_MEM *id_ic, const char *given)
{
    BUF_MEM *compressed = given ? hex_buffer(given) : NULL, *auxiliary = NULL;
    bytes data;
    size_t n;
    for (;;) {
        command plain;
        await(NULL, &plain);
        const unsigned char *reference = find(plain.data.b, plain.data.n, 0x83, &n);
        if (!memcmp(plain.head, "\x00\x22\x81\xb6", 4)) {
            if (!reference) fail("no reference");
            int known = is_named(ctx->ta_ctx->trust_anchor, reference, n) || is_named(ctx->ta_ctx->current_cert, reference, n);
            answer_status(known ? 0x9000 : 0x6a88);
        } else if (!memcmp(plain.head, "\x00\x2a\x00\xbe", 4)) {
            bytes whole = {.n = 0};
            put_tlv(&whole, 0x7f21, plain.data.b, plain.data.n);
            answer_status(TA_STEP2_import_certificate(ctx, whole.b, whole.n) ? 0x9000 : 0x6300);
        } else if (!memcmp(plain.head, "\x00\x22\x81\xa4", 4)) {
            if (!reference || !is_named(ctx->ta_ctx->current_cert, reference, n)) fail("MSE:Set AT names another holder");
            const unsigned char *value = find(plain.data.b, plain.data.n, 0x80, &n);
            const ASN1_OBJECT *oid = OBJ_nid2obj(ctx->ta_ctx->protocol);
            if ((version == 2) != (value != NULL)) fail("algorithm in MSE:Set AT");
            if (value && (n != OBJ_length(oid) || memcmp(OBJ_get0_data(oid), value, n))) fail("algorithm is another one");
            value = find(plain.data.b, plain.data.n, 0x91, &n);
            if (value) compressed = buffer(value, n);
            value = find(plain.data.b, plain.data.n, 0x67, &n);
            if (value) {
                data.n = 0;
                put_tlv(&data, 0x67, value, n);
                auxiliary = buffer(data.b, data.n);
            }
            answer_status(0x9000);
            break;
        } else
            fail("not a command of terminal authentication");
    }
    command plain;
    if (!compressed) fail("no key of the terminal");
    await("\x00\x84\x00\x00", &plain);
    BUF_MEM *nonce = TA_STEP4_get_nonce(ctx);
    if (!nonce) fail("nonce");
    data.n = 0;
    put(&data, nonce->data, nonce->length);
    answer(&data, 0x9000);
    await("\x00\x82\x00\x00", &plain);
    BUF_MEM *signature = buffer(plain.data.b, plain.data.n);
    int good = TA_STEP6_verify(ctx, compressed, id_ic, auxiliary, signature) == 1;
    answer_status(good ? 0x9000 : 0x6300);
    return good ? compressed : NULL;
}

static CVC_CERT *certificate_of(const BUF_MEM *raw)
{
    CVC_CERT *made = NULL;
    const unsigned char *at = (unsigned char *)raw->data;
    if (!CVC_d2i_CVC_CERT(&made, &at, (long)raw->length)) fail("certificate");
    return made;
}

static const char *last_of(char **certificates)
{
    while (certificates[1]) certificates++;
    return *certificates;
}

static void put_reference(bytes *to, const ASN1_UTF8STRING *reference)
{
    put_tlv(to, 0x83, ASN1_STRING_get0_data(reference), (size_t)ASN1_STRING_length(reference));
}

static void ta_terminal(EAC_CTX *ctx, int version, const BUF_MEM *id_ic, const BUF_MEM *compressed, const char *auxiliary,
                        char **certificates)
{
    bytes data, response;
    BUF_MEM *statements = auxiliary ? hex_buffer(auxiliary) : NULL;
    CVC_CERT *last = NULL;
    for (; *certificates; certificates++) {
        BUF_MEM *raw = hex_buffer(*certificates);
        const unsigned char *at;
        size_t n;
        last = certificate_of(raw);
        data.n = 0;
        put_reference(&data, last->body->certificate_authority_reference);
        transmit("\x00\x22\x81\xb6", &data, 0, &response);
        at = find((unsigned char *)raw->data, raw->length, 0x7f21, &n);
        if (!at) fail("certificate");
        data.n = 0;
        put(&data, at, n);
        transmit("\x00\x2a\x00\xbe", &data, 0, &response);
    }
    if (!last) fail("no certificate");
    const ASN1_OBJECT *oid = OBJ_nid2obj(ctx->ta_ctx->protocol);
    data.n = 0;
    if (version == 2) put_tlv(&data, 0x80, OBJ_get0_data(oid), OBJ_length(oid));
    put_reference(&data, last->body->certificate_holder_reference);
    if (statements) put(&data, statements->data, statements->length);
    if (version == 2) put_tlv(&data, 0x91, compressed->data, compressed->length);
    transmit("\x00\x22\x81\xa4", &data, 0, &response);
    data.n = 0;
    transmit("\x00\x84\x00\x00", &data, 8, &response);
    if (!TA_STEP4_set_nonce(ctx, buffer(response.b, response.n))) fail("nonce");
    BUF_MEM *signature = TA_STEP5_sign(ctx, compressed, id_ic, statements);
    if (!signature) fail("signature");
    data.n = 0;
    put(&data, signature->data, signature->length);
    transmit("\x00\x82\x00\x00", &data, 0, &response);
}

/* ---- chip authentication of version 2 */

static void session_of_ca(EAC_CTX *ctx)
{
    if (!EAC_CTX_set_encryption_ctx(ctx, EAC_ID_CA)) fail("session");
}

static void ca_chip(EAC_CTX *ctx, const BUF_MEM *compressed)
{
    command set_at;
    bytes inner = {.n = 0};
    size_t n;
    await("\x00\x22\x41\xa4", &set_at);
    const ASN1_OBJECT *oid = OBJ_nid2obj(ctx->ca_ctx->protocol);
    const unsigned char *value = find(set_at.data.b, set_at.data.n, 0x80, &n);
    if (!value || n != OBJ_length(oid) || memcmp(OBJ_get0_data(oid), value, n)) fail("protocol in MSE:Set AT");
    answer_status(0x9000);
    BUF_MEM *theirs = await_general_authenticate(LAST, 0x80), *nonce = NULL, *token = NULL;
    if (!CA_STEP3_check_pcd_pubkey(ctx, compressed, theirs)) fail("not the key that was announced");
    if (!CA_STEP4_compute_shared_secret(ctx, theirs) || !CA_STEP5_derive_keys(ctx, theirs, &nonce, &token)) fail("keys");
    put_tlv(&inner, 0x81, nonce->data, nonce->length);
    put_tlv(&inner, 0x82, token->data, token->length);
    answer_general_authenticate(&inner);
    session_of_ca(ctx);
}

static void ca_terminal(EAC_CTX *ctx, const BUF_MEM *public)
{
    bytes data = {.n = 0}, inner = {.n = 0}, response;
    size_t n;
    const ASN1_OBJECT *oid = OBJ_nid2obj(ctx->ca_ctx->protocol);
    put_tlv(&data, 0x80, OBJ_get0_data(oid), OBJ_length(oid));
    transmit("\x00\x22\x41\xa4", &data, 0, &response);
    BUF_MEM *mine = CA_STEP2_get_eph_pubkey(ctx);
    if (!mine || !CA_STEP4_compute_shared_secret(ctx, public)) fail("shared secret");
    put_tlv(&inner, 0x80, mine->data, mine->length);
    BUF_MEM *nonce = general_authenticate(LAST, &inner, 0x81, &response);
    const unsigned char *value = find(response.b, response.n, 0x82, &n);
    if (!value) fail("no token");
    if (CA_STEP6_derive_keys(ctx, nonce, buffer(value, n)) != 1) fail("token of chip authentication");
    session_of_ca(ctx);
}

static void agree_by(EAC_CTX *ctx, const char *protocol, const char *group)
{
    if (!EAC_CTX_init_ca(ctx, OBJ_txt2nid(protocol), atoi(group))) fail("chip authentication");
}

/* ---- all of it */

static int whole_chip(char **given)
{
    PACE_SEC *secret;
    bytes chat;
    EAC_CTX *ctx = pace_context(given[0], given[1], given[2], &secret);
    agree_by(ctx, given[3], given[4]);
    BUF_MEM *private = hex_buffer(given[5]), *public = hex_buffer(given[6]);
    knowing(ctx, NULL, given[7]);
    const ASN1_UTF8STRING *holder = ctx->ta_ctx->trust_anchor->body->certificate_holder_reference;
    BUF_MEM *car = buffer(ASN1_STRING_get0_data(holder), (size_t)ASN1_STRING_length(holder));
    BUF_MEM *mine = pace_chip(ctx, secret, car, &chat);
    if (!mine || !chat.n) return 0;
    BUF_MEM *id_ic = EAC_Comp(ctx, EAC_ID_PACE, mine), *compressed;
    if (!id_ic) fail("ID.IC");
    if (!(compressed = ta_chip(ctx, 2, id_ic, NULL))) return 0;
    if (!CA_set_key(ctx, (unsigned char *)private->data, private->length, (unsigned char *)public->data, public->length))
        fail("static key");
    ca_chip(ctx, compressed);
    answer_read_binary();
    return 1;
}

/* "# open"; then each line is a short command in the clear, which goes out under secure messaging; status word and data come back. */
static void say_and_obey(void)
{
    static char text[2 * MOST + 2];
    command plain;
    bytes line, data;
    printf("# open\n");
    fflush(stdout);
    while (fgets(text, sizeof text, stdin) && text[0] != '\n') {
        from_hex(text, &line);
        if (line.n < 5) fail("no command");
        memcpy(plain.head, line.b, 4);
        size_t n = line.n > 5 ? line.b[4] : 0;
        if (line.n > 5 && line.n < 5 + n) fail("Lc");
        int has_le = line.n == 5 || line.n > 5 + n;
        plain.le = has_le && line.b[line.n - 1] == 0 ? 256 : has_le ? line.b[line.n - 1] : 0;
        plain.data.n = 0;
        if (n) put(&plain.data, line.b + 5, n);
        unsigned sw = ask(&plain, &data);
        printf("# %04x ", sw);
        write_line(data.b, data.n);
    }
}

static int whole_terminal(char **given)
{
    PACE_SEC *secret;
    bytes chat, references;
    size_t n;
    EAC_CTX *ctx = pace_context(given[0], given[1], given[2], &secret);
    agree_by(ctx, given[3], given[4]);
    from_hex(given[6], &chat);
    knowing(ctx, given[8], last_of(given + 9));
    BUF_MEM *theirs = pace_terminal(ctx, secret, given[1], &chat, &references);
    const unsigned char *car = find(references.b, references.n, 0x87, &n);
    const ASN1_UTF8STRING *root = certificate_of(hex_buffer(given[9]))->body->certificate_authority_reference;
    if (!car || n != (size_t)ASN1_STRING_length(root) || memcmp(ASN1_STRING_get0_data(root), car, n))
        fail("the chip trusts another CVCA");
    BUF_MEM *id_ic = EAC_Comp(ctx, EAC_ID_PACE, theirs), *compressed = TA_STEP3_generate_ephemeral_key(ctx);
    if (!id_ic || !compressed) fail("ID.IC or ephemeral key");
    ta_terminal(ctx, 2, id_ic, compressed, absent(given[7]), given + 9);
    ca_terminal(ctx, hex_buffer(given[5]));
    say_and_obey();
    return 1;
}

int main(int count, char **given)
{
    EAC_init();
    int done = 0;
    const char *role = count > 1 ? given[1] : "";
    if (!strcmp(role, "ta-chip") && count == 6)
        done = ta_chip(knowing(EAC_CTX_new(), NULL, given[5]), atoi(given[2]), hex_buffer(given[3]), absent(given[4])) != NULL;
    else if (!strcmp(role, "ta-terminal") && count > 7) {
        ta_terminal(knowing(EAC_CTX_new(), given[6], last_of(given + 7)), atoi(given[2]), hex_buffer(given[3]),
                    hex_buffer(given[4]), absent(given[5]), given + 7);
        done = 1;
    } else if (!strcmp(role, "chip") && count == 10)
        done = whole_chip(given + 2);
    else if (!strcmp(role, "terminal") && count > 11)
        done = whole_terminal(given + 2);
    else
        fail("ta-chip|ta-terminal|chip|terminal ...");
    if (done) puts("# ok");
    return 0;
}
