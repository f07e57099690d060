/* One end of PACE by libeac (OpenPACE), with command APDUs as hex lines on standard input and output.
 *
 *   pace-peer terminal EF.CardAccess KIND SECRET     writes commands, reads responses
 *   pace-peer chip     EF.CardAccess KIND SECRET     reads commands, writes responses
 *
 * KIND is the reference of the password: 1 MRZ, 2 CAN, 3 PIN, 4 PUK. After PACE one READ BINARY goes under secure messaging; its
 * answer is 01020304. The last line of the terminal is "# ok" when all was as it has to be. APDUs and data objects are put
 * together here; what is calculated, libeac calculates.
 */
#include <eac/eac.h>
#include <eac/pace.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 4096

typedef struct {
    unsigned char b[MOST];
    size_t n;
} bytes;

static void fail(const char *what)
{
    printf("# %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static void put(bytes *to, const void *from, size_t n)
{
    if (to->n + n > MOST) fail("too long");
    memcpy(to->b + to->n, from, n);
    to->n += n;
}

static void put_byte(bytes *to, unsigned value)
{
    unsigned char c = (unsigned char)value;
    put(to, &c, 1);
}

/* A data object with a tag of one byte, or 7F49. */
static void put_tlv(bytes *to, unsigned tag, const void *value, size_t n)
{
    if (tag > 0xff) put_byte(to, tag >> 8);
    put_byte(to, tag & 0xff);
    if (n > 0xff) {
        put_byte(to, 0x82);
        put_byte(to, n >> 8);
    } else if (n > 0x7f)
        put_byte(to, 0x81);
    put_byte(to, n & 0xff);
    put(to, value, n);
}

/* The value of a tag of one byte among data objects; NULL when it is not there. */
static const unsigned char *find(const unsigned char *in, size_t n, unsigned tag, size_t *length)
{
    size_t at = 0;
    while (at + 2 <= n) {
        unsigned found = in[at++];
        size_t size = in[at++];
        if (size == 0x81 && at + 1 <= n) size = in[at++];
        else if (size == 0x82 && at + 2 <= n) {
            size = (size_t)(in[at] << 8 | in[at + 1]);
            at += 2;
        } else if (size >= 0x80)
            return NULL;
        if (at + size > n) return NULL;
        if (found == tag) {
            *length = size;
            return in + at;
        }
        at += size;
    }
    return NULL;
}

static size_t from_hex(const char *text, unsigned char *out, size_t most)
{
    size_t n = 0;
    unsigned value;
    for (; n < most && text[0] && text[1] && sscanf(text, "%2x", &value) == 1; text += 2) out[n++] = (unsigned char)value;
    return n;
}

static void read_line(bytes *in)
{
    static char line[2 * MOST + 2];
    if (!fgets(line, sizeof line, stdin)) fail("no line");
    in->n = from_hex(line, in->b, MOST);
}

static void write_line(const bytes *out)
{
    for (size_t i = 0; i < out->n; i++) printf("%02x", out->b[i]);
    printf("\n");
    fflush(stdout);
}

static BUF_MEM *buffer(const unsigned char *value, size_t n)
{
    BUF_MEM *made = BUF_MEM_new();
    if (!made || !BUF_MEM_grow(made, n)) fail("memory");
    memcpy(made->data, value, n);
    return made;
}

/* ---- commands and responses */

static void command(bytes *apdu, unsigned cla, unsigned ins, unsigned p1, unsigned p2, const bytes *data, int with_le, int longer)
{
    int extended = data->n > 255 || longer;
    apdu->n = 0;
    put_byte(apdu, cla);
    put_byte(apdu, ins);
    put_byte(apdu, p1);
    put_byte(apdu, p2);
    if (extended) {
        put_byte(apdu, 0);
        put_byte(apdu, data->n >> 8);
    }
    put_byte(apdu, data->n & 0xff);
    put(apdu, data->b, data->n);
    if (with_le) {
        put_byte(apdu, 0);
        if (extended) put_byte(apdu, 0);
    }
}

/* Sends a command; the data of a response that must end with 9000. */
static void transmit(const bytes *apdu, bytes *data)
{
    write_line(apdu);
    read_line(data);
    if (data->n < 2 || data->b[data->n - 2] != 0x90 || data->b[data->n - 1] != 0) fail("status word is not 9000");
    data->n -= 2;
}

/* GENERAL AUTHENTICATE: sends data object `tag`, unless it is 0, and gives the value of `wanted`. */
static BUF_MEM *step(unsigned cla, unsigned tag, const BUF_MEM *value, unsigned wanted)
{
    bytes inner = {.n = 0}, data = {.n = 0}, apdu, response;
    const unsigned char *found;
    size_t n;
    if (tag) put_tlv(&inner, tag, value->data, value->length);
    put_tlv(&data, 0x7c, inner.b, inner.n);
    command(&apdu, cla, 0x86, 0, 0, &data, 1, value && value->length > 200);
    transmit(&apdu, &response);
    found = find(response.b, response.n, 0x7c, &n);
    if (found) found = find(found, n, wanted, &n);
    if (!found) fail("data object is missing");
    return buffer(found, n);
}

/* The next command, and the value of the data object `tag` in it; 0 for an empty 7C. */
static BUF_MEM *await(unsigned cla, unsigned tag)
{
    bytes apdu;
    const unsigned char *found;
    size_t n, at = 5;
    read_line(&apdu);
    if (apdu.n < 6 || apdu.b[0] != cla || apdu.b[1] != 0x86 || apdu.b[2] || apdu.b[3]) fail("not the command awaited");
    n = apdu.b[4];
    if (n == 0) {
        n = (size_t)(apdu.b[5] << 8 | apdu.b[6]);
        at = 7;
    }
    if (at + n > apdu.n) fail("Lc");
    found = find(apdu.b + at, n, 0x7c, &n);
    if (!found) fail("no 7C");
    if (!tag) {
        if (n) fail("7C is not empty");
        return NULL;
    }
    found = find(found, n, tag, &n);
    if (!found) fail("data object is missing");
    return buffer(found, n);
}

static void respond(unsigned tag, const BUF_MEM *value)
{
    bytes inner = {.n = 0}, response = {.n = 0};
    put_tlv(&inner, tag, value->data, value->length);
    put_tlv(&response, 0x7c, inner.b, inner.n);
    put(&response, "\x90\x00", 2);
    write_line(&response);
}

/* ---- secure messaging: one READ BINARY of four bytes */

static BUF_MEM *mac_of(EAC_CTX *ctx, const bytes *input)
{
    BUF_MEM *in = buffer(input->b, input->n), *padded = EAC_add_iso_pad(ctx, in), *mac;
    if (!padded) fail("padding");
    mac = EAC_authenticate(ctx, padded);
    if (!mac || mac->length < 8) fail("MAC");
    return mac;
}

/* The header, padded to the block. */
static void put_header(EAC_CTX *ctx, bytes *to)
{
    BUF_MEM *header = buffer((const unsigned char *)"\x0c\xb0\x00\x00", 4), *padded = EAC_add_iso_pad(ctx, header);
    if (!padded) fail("padding");
    put(to, padded->data, padded->length);
}

static void read_binary(EAC_CTX *ctx)
{
    bytes objects = {.n = 0}, input = {.n = 0}, apdu, response;
    BUF_MEM *mac, *plain;
    const unsigned char *data, *status, *got;
    size_t n, status_n, got_n;
    put_tlv(&objects, 0x97, "\x04", 1);
    EAC_increment_ssc(ctx);
    put_header(ctx, &input);
    put(&input, objects.b, objects.n);
    mac = mac_of(ctx, &input);
    put_tlv(&objects, 0x8e, mac->data, 8);
    command(&apdu, 0x0c, 0xb0, 0, 0, &objects, 1, 0);
    transmit(&apdu, &response);
    data = find(response.b, response.n, 0x87, &n);
    status = find(response.b, response.n, 0x99, &status_n);
    got = find(response.b, response.n, 0x8e, &got_n);
    if (!data || n < 2 || data[0] != 1 || !status || status_n != 2 || !got || got_n != 8) fail("secured response");
    EAC_increment_ssc(ctx);
    input.n = 0;
    put(&input, response.b, response.n - 10);
    mac = mac_of(ctx, &input);
    if (memcmp(mac->data, got, 8)) fail("MAC of the response");
    plain = EAC_decrypt(ctx, buffer(data + 1, n - 1));
    if (plain) plain = EAC_remove_iso_pad(plain);
    if (!plain || plain->length != 4 || memcmp(plain->data, "\1\2\3\4", 4)) fail("data of the response");
}

static void answer_read_binary(EAC_CTX *ctx)
{
    bytes apdu, input = {.n = 0}, objects = {.n = 0}, value = {.n = 0};
    const unsigned char *got;
    size_t n;
    BUF_MEM *mac, *encrypted;
    read_line(&apdu);
    if (apdu.n < 6 || memcmp(apdu.b, "\x0c\xb0\x00\x00", 4)) fail("not the secured command awaited");
    got = find(apdu.b + 5, apdu.b[4], 0x8e, &n);
    if (!got || n != 8) fail("no MAC");
    EAC_increment_ssc(ctx);
    put_header(ctx, &input);
    put(&input, apdu.b + 5, apdu.b[4] - 10u);
    mac = mac_of(ctx, &input);
    if (memcmp(mac->data, got, 8)) fail("MAC of the command");
    EAC_increment_ssc(ctx);
    encrypted = EAC_encrypt(ctx, EAC_add_iso_pad(ctx, buffer((const unsigned char *)"\1\2\3\4", 4)));
    if (!encrypted) fail("encryption");
    put_byte(&value, 1);
    put(&value, encrypted->data, encrypted->length);
    put_tlv(&objects, 0x87, value.b, value.n);
    put_tlv(&objects, 0x99, "\x90\x00", 2);
    mac = mac_of(ctx, &objects);
    put_tlv(&objects, 0x8e, mac->data, 8);
    put(&objects, "\x90\x00", 2);
    write_line(&objects);
}

/* ---- PACE */

static void set_at(EAC_CTX *ctx, unsigned kind)
{
    bytes data = {.n = 0}, apdu, response;
    const ASN1_OBJECT *oid = OBJ_nid2obj(ctx->pace_ctx->protocol);
    unsigned char reference = (unsigned char)kind;
    put_tlv(&data, 0x80, OBJ_get0_data(oid), OBJ_length(oid));
    put_tlv(&data, 0x83, &reference, 1);
    command(&apdu, 0, 0x22, 0xc1, 0xa4, &data, 0, 0);
    transmit(&apdu, &response);
}

static void terminal(EAC_CTX *ctx, PACE_SEC *secret, unsigned kind)
{
    BUF_MEM *mapping, *key, *their_key;
    set_at(ctx, kind);
    if (!PACE_STEP2_dec_nonce(ctx, secret, step(0x10, 0, NULL, 0x80))) fail("nonce");
    mapping = PACE_STEP3A_generate_mapping_data(ctx);
    if (!mapping || !PACE_STEP3A_map_generator(ctx, step(0x10, 0x81, mapping, 0x82))) fail("mapping");
    key = PACE_STEP3B_generate_ephemeral_key(ctx);
    if (!key) fail("ephemeral key");
    their_key = step(0x10, 0x83, key, 0x84);
    if (!PACE_STEP3B_compute_shared_secret(ctx, their_key) || !PACE_STEP3C_derive_keys(ctx)) fail("key agreement");
    BUF_MEM *token = PACE_STEP3D_compute_authentication_token(ctx, their_key);
    if (!token) fail("token");
    BUF_MEM *theirs = step(0x00, 0x85, token, 0x86);
    if (PACE_STEP3D_verify_authentication_token(ctx, theirs) != 1) fail("the chip's token is wrong");
    if (!EAC_CTX_set_encryption_ctx(ctx, EAC_ID_PACE)) fail("session");
    read_binary(ctx);
    printf("# ok\n");
}

static void chip(EAC_CTX *ctx, PACE_SEC *secret)
{
    bytes apdu, ok = {.b = {0x90, 0x00}, .n = 2}, wrong = {.b = {0x63, 0x00}, .n = 2};
    BUF_MEM *nonce, *mapping, *key, *their_key, *theirs, *token;
    read_line(&apdu);
    if (apdu.n < 5 || memcmp(apdu.b, "\x00\x22\xc1\xa4", 4)) fail("not MSE:Set AT");
    write_line(&ok);
    await(0x10, 0);
    nonce = PACE_STEP1_enc_nonce(ctx, secret);
    if (!nonce) fail("nonce");
    respond(0x80, nonce);
    theirs = await(0x10, 0x81);
    mapping = PACE_STEP3A_generate_mapping_data(ctx);
    if (!mapping || !PACE_STEP3A_map_generator(ctx, theirs)) fail("mapping");
    respond(0x82, mapping);
    their_key = await(0x10, 0x83);
    key = PACE_STEP3B_generate_ephemeral_key(ctx);
    if (!key || !PACE_STEP3B_compute_shared_secret(ctx, their_key) || !PACE_STEP3C_derive_keys(ctx)) fail("key agreement");
    respond(0x84, key);
    theirs = await(0x00, 0x85);
    if (PACE_STEP3D_verify_authentication_token(ctx, theirs) != 1) {
        write_line(&wrong);
        return;
    }
    token = PACE_STEP3D_compute_authentication_token(ctx, their_key);
    if (!token) fail("token");
    respond(0x86, token);
    if (!EAC_CTX_set_encryption_ctx(ctx, EAC_ID_PACE)) fail("session");
    answer_read_binary(ctx);
}

int main(int count, char **given)
{
    static const enum s_type KINDS[] = {PACE_SEC_UNDEF, PACE_MRZ, PACE_CAN, PACE_PIN, PACE_PUK};
    unsigned char card_access[MOST];
    if (count != 5) fail("terminal|chip EF.CardAccess KIND SECRET");
    unsigned kind = (unsigned)atoi(given[3]);
    if (kind < 1 || kind > 4) fail("KIND is 1 to 4");
    size_t n = from_hex(given[2], card_access, sizeof card_access);
    EAC_init();
    PACE_SEC *secret = PACE_SEC_new(given[4], strlen(given[4]), KINDS[kind]);
    EAC_CTX *ctx = EAC_CTX_new();
    if (!secret || !ctx || !EAC_CTX_init_ef_cardaccess(card_access, n, ctx)) {
        printf("# unsupported\n");
        return 0;
    }
    if (!strcmp(given[1], "terminal")) terminal(ctx, secret, kind);
    else chip(ctx, secret);
    EAC_CTX_clear_free(ctx);
    PACE_SEC_clear_free(secret);
    return 0;
}
