/* What the peers share: hex lines, data objects, commands and responses, secure messaging. APDUs and data objects are put together here;
 * what is calculated, libeac (OpenPACE) calculates.
 */
#ifndef PEER_H
#define PEER_H
#include <eac/eac.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 8192

typedef struct {
    unsigned char b[MOST];
    size_t n;
} bytes;

/* A command in the clear; `le` is how many bytes are awaited, at most 256. */
typedef struct {
    unsigned char head[4];
    bytes data;
    int le;
} command;

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

/* A data object with a tag of one or two bytes. */
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

/* The value of a tag among data objects; NULL when it is not there. */
static const unsigned char *find(const unsigned char *in, size_t n, unsigned tag, size_t *length)
{
    size_t at = 0;
    while (at + 2 <= n) {
        unsigned found = in[at++];
        if ((found & 0x1f) == 0x1f) found = found << 8 | in[at++];
        if (at >= n) return NULL;
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

static void from_hex(const char *text, bytes *out)
{
    unsigned value;
    out->n = 0;
    for (; text[0] && text[1] && sscanf(text, "%2x", &value) == 1; text += 2) put_byte(out, value);
}

static void read_line(bytes *in)
{
    static char line[2 * MOST + 2];
    if (!fgets(line, sizeof line, stdin)) fail("no line");
    from_hex(line, in);
}

static void write_line(const void *from, size_t n)
{
    for (size_t i = 0; i < n; i++) printf("%02x", ((const unsigned char *)from)[i]);
    printf("\n");
    fflush(stdout);
}

static BUF_MEM *buffer(const void *value, size_t n)
{
    BUF_MEM *made = BUF_MEM_new();
    if (!made || !BUF_MEM_grow(made, n ? n : 1)) fail("memory");
    memcpy(made->data, value, n);
    made->length = n;
    return made;
}

static BUF_MEM *hex_buffer(const char *text)
{
    bytes value;
    from_hex(text, &value);
    return buffer(value.b, value.n);
}

/* ---- secure messaging: from `secured = ctx` on, everything goes under the keys that EAC_CTX_set_encryption_ctx chose */

static EAC_CTX *secured;

static BUF_MEM *mac_of(const bytes *input)
{
    BUF_MEM *in = buffer(input->b, input->n), *padded = EAC_add_iso_pad(secured, in), *mac;
    if (!padded) fail("padding");
    mac = EAC_authenticate(secured, padded);
    if (!mac || mac->length < 8) fail("MAC");
    return mac;
}

/* The MAC of a command: header, padded to the block, and data objects. */
static BUF_MEM *command_mac(const unsigned char *head, const bytes *objects)
{
    bytes input = {.n = 0};
    BUF_MEM *padded = EAC_add_iso_pad(secured, buffer(head, 4));
    if (!padded) fail("padding");
    put(&input, padded->data, padded->length);
    put(&input, objects->b, objects->n);
    return mac_of(&input);
}

static void put_encrypted(bytes *objects, const bytes *plain)
{
    bytes value = {.n = 0};
    BUF_MEM *padded = EAC_add_iso_pad(secured, buffer(plain->b, plain->n)), *encrypted;
    encrypted = padded ? EAC_encrypt(secured, padded) : NULL;
    if (!encrypted) fail("encryption");
    put_byte(&value, 1);
    put(&value, encrypted->data, encrypted->length);
    put_tlv(objects, 0x87, value.b, value.n);
}

static void put_decrypted(bytes *plain, const unsigned char *value, size_t n)
{
    if (n < 2 || value[0] != 1) fail("data object 87");
    BUF_MEM *padded = EAC_decrypt(secured, buffer(value + 1, n - 1)), *data = padded ? EAC_remove_iso_pad(padded) : NULL;
    if (!data) fail("decryption");
    put(plain, data->data, data->length);
}

/* Data objects without the last one, which has to be the MAC. */
static const unsigned char *split_mac(bytes *objects)
{
    if (objects->n < 10 || objects->b[objects->n - 10] != 0x8e || objects->b[objects->n - 9] != 8) fail("no MAC");
    objects->n -= 10;
    return objects->b + objects->n + 2;
}

/* ---- the terminal's half */

/* Sends a command and gives the status word; data of the response in `data`. */
static unsigned ask(const command *plain, bytes *data)
{
    unsigned char head[4];
    bytes body = plain->data, apdu = {.n = 0}, response;
    memcpy(head, plain->head, 4);
    if (secured) {
        body.n = 0;
        head[0] |= 0x0c;
        EAC_increment_ssc(secured);
        if (plain->data.n) put_encrypted(&body, &plain->data);
        unsigned char le = (unsigned char)plain->le;
        if (plain->le) put_tlv(&body, 0x97, &le, 1);
        BUF_MEM *mac = command_mac(head, &body);
        put_tlv(&body, 0x8e, mac->data, 8);
    }
    int extended = body.n > 255, le = secured ? 256 : plain->le;
    put(&apdu, head, 4);
    if (body.n) {
        if (extended) {
            put_byte(&apdu, 0);
            put_byte(&apdu, body.n >> 8);
        }
        put_byte(&apdu, body.n & 0xff);
        put(&apdu, body.b, body.n);
    }
    if (le && extended) put_byte(&apdu, le >> 8);
    if (le) put_byte(&apdu, le & 0xff);
    write_line(apdu.b, apdu.n);
    read_line(&response);
    if (response.n < 2) fail("no response");
    response.n -= 2;
    unsigned sw = (unsigned)(response.b[response.n] << 8 | response.b[response.n + 1]);
    if (!secured) {
        *data = response;
        return sw;
    }
    const unsigned char *got = split_mac(&response), *value;
    size_t n;
    EAC_increment_ssc(secured);
    BUF_MEM *mac = mac_of(&response);
    if (memcmp(mac->data, got, 8)) fail("MAC of the response");
    value = find(response.b, response.n, 0x99, &n);
    if (!value || n != 2 || (unsigned)(value[0] << 8 | value[1]) != sw) fail("status of the response");
    data->n = 0;
    value = find(response.b, response.n, 0x87, &n);
    if (value) put_decrypted(data, value, n);
    return sw;
}

/* The same, and the status word has to be 9000. */
static void transmit(const char *head, const bytes *data, int le, bytes *response)
{
    command plain = {.le = le};
    memcpy(plain.head, head, 4);
    plain.data = *data;
    if (ask(&plain, response) != 0x9000) fail("status word is not 9000");
}

/* GENERAL AUTHENTICATE: sends the data objects `inner`, gives the value of `wanted`; all of the answer stays in `found`. */
static BUF_MEM *general_authenticate(const char *head, const bytes *inner, unsigned wanted, bytes *found)
{
    bytes data = {.n = 0}, response;
    size_t n;
    put_tlv(&data, 0x7c, inner->b, inner->n);
    transmit(head, &data, 256, &response);
    const unsigned char *value = find(response.b, response.n, 0x7c, &n);
    if (!value) fail("no 7C");
    found->n = 0;
    put(found, value, n);
    value = find(found->b, found->n, wanted, &n);
    if (!value) fail("data object is missing");
    return buffer(value, n);
}

/* ---- the chip's half */

/* The next command, in the clear, but for its Le. Its header has to be `head` when one is given. */
static void await(const char *head, command *plain)
{
    bytes apdu, body = {.n = 0};
    read_line(&apdu);
    if (apdu.n < 4) fail("no command");
    memcpy(plain->head, apdu.b, 4);
    if (apdu.n > 5 && (apdu.n != 7 || apdu.b[4])) {
        size_t n = apdu.b[4], at = 5;
        if (n == 0) {
            n = (size_t)(apdu.b[5] << 8 | apdu.b[6]);
            at = 7;
        }
        if (at + n > apdu.n) fail("Lc");
        put(&body, apdu.b + at, n);
    }
    plain->data = body;
    if (secured) {
        if ((plain->head[0] & 0x0c) != 0x0c) fail("command is not protected");
        const unsigned char *got = split_mac(&body), *value;
        size_t n;
        EAC_increment_ssc(secured);
        BUF_MEM *mac = command_mac(plain->head, &body);
        if (memcmp(mac->data, got, 8)) fail("MAC of the command");
        plain->head[0] &= 0xf3;
        plain->data.n = 0;
        value = find(body.b, body.n, 0x87, &n);
        if (value) put_decrypted(&plain->data, value, n);
    }
    if (head && memcmp(plain->head, head, 4)) fail("not the command awaited");
}

static void answer(const bytes *data, unsigned sw)
{
    bytes response = *data;
    unsigned char status[2] = {(unsigned char)(sw >> 8), (unsigned char)sw};
    if (secured) {
        response.n = 0;
        EAC_increment_ssc(secured);
        if (data->n) put_encrypted(&response, data);
        put_tlv(&response, 0x99, status, 2);
        BUF_MEM *mac = mac_of(&response);
        put_tlv(&response, 0x8e, mac->data, 8);
    }
    put(&response, status, 2);
    write_line(response.b, response.n);
}

static void answer_status(unsigned sw)
{
    bytes none = {.n = 0};
    answer(&none, sw);
}

/* GENERAL AUTHENTICATE: the value of data object `tag` in it; an empty 7C when it is 0. */
static BUF_MEM *await_general_authenticate(const char *head, unsigned tag)
{
    command plain;
    size_t n;
    await(head, &plain);
    const unsigned char *value = find(plain.data.b, plain.data.n, 0x7c, &n);
    if (!value) fail("no 7C");
    if (!tag) {
        if (n) fail("7C is not empty");
        return NULL;
    }
    value = find(value, n, tag, &n);
    if (!value) fail("data object is missing");
    return buffer(value, n);
}

static void answer_general_authenticate(const bytes *inner)
{
    bytes data = {.n = 0};
    put_tlv(&data, 0x7c, inner->b, inner->n);
    answer(&data, 0x9000);
}

static void answer_object(unsigned tag, const BUF_MEM *value)
{
    bytes inner = {.n = 0};
    put_tlv(&inner, tag, value->data, value->length);
    answer_general_authenticate(&inner);
}

/* ---- both: one READ BINARY of four bytes shows that a session holds */

static void read_binary(void)
{
    bytes data = {.n = 0}, response;
    transmit("\x00\xb0\x00\x00", &data, 4, &response);
    if (response.n != 4 || memcmp(response.b, "\1\2\3\4", 4)) fail("data of the response");
}

static void answer_read_binary(void)
{
    command plain;
    bytes data = {.b = {1, 2, 3, 4}, .n = 4};
    await("\x00\xb0\x00\x00", &plain);
    answer(&data, 0x9000);
}
#endif
