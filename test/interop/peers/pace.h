/* PACE by libeac, both roles, up to its session. */
#ifndef PACE_PEER_H
#define PACE_PEER_H
#include "peer.h"
#include <eac/pace.h>
#include <openssl/objects.h>

#define CHAINED "\x10\x86\x00\x00"
#define LAST "\x00\x86\x00\x00"

/* A context for EF.CardAccess and a password: 1 MRZ, 2 CAN, 3 PIN, 4 PUK. Ends with "# unsupported" when libeac cannot. */
static EAC_CTX *pace_context(const char *card_access, const char *kind, const char *password, PACE_SEC **secret)
{
    static const enum s_type KINDS[] = {PACE_SEC_UNDEF, PACE_MRZ, PACE_CAN, PACE_PIN, PACE_PUK};
    bytes file;
    int number = atoi(kind);
    if (number < 1 || number > 4) fail("KIND is 1 to 4");
    from_hex(card_access, &file);
    EAC_CTX *ctx = EAC_CTX_new();
    *secret = PACE_SEC_new(password, strlen(password), KINDS[number]);
    if (*secret && ctx && EAC_CTX_init_ef_cardaccess(file.b, file.n, ctx)) return ctx;
    printf("# unsupported\n");
    exit(0);
}

static BUF_MEM *pace_step(const char *head, unsigned tag, const BUF_MEM *value, unsigned wanted, bytes *found)
{
    bytes inner = {.n = 0};
    if (tag) put_tlv(&inner, tag, value->data, value->length);
    return general_authenticate(head, &inner, wanted, found);
}

static void session_of_pace(EAC_CTX *ctx)
{
    if (!EAC_CTX_set_encryption_ctx(ctx, EAC_ID_PACE)) fail("session");
    secured = ctx;
}

/* The terminal's role. The chip's ephemeral key; its references of certification authorities in `references`. */
static BUF_MEM *pace_terminal(EAC_CTX *ctx, PACE_SEC *secret, const char *kind, const bytes *chat, bytes *references)
{
    bytes data = {.n = 0}, response;
    const ASN1_OBJECT *oid = OBJ_nid2obj(ctx->pace_ctx->protocol);
    unsigned char reference = (unsigned char)atoi(kind);
    BUF_MEM *mapping, *key, *theirs;
    put_tlv(&data, 0x80, OBJ_get0_data(oid), OBJ_length(oid));
    put_tlv(&data, 0x83, &reference, 1);
    put(&data, chat->b, chat->n);
    transmit("\x00\x22\xc1\xa4", &data, 0, &response);
    if (!PACE_STEP2_dec_nonce(ctx, secret, pace_step(CHAINED, 0, NULL, 0x80, &response))) fail("nonce");
    mapping = PACE_STEP3A_generate_mapping_data(ctx);
    if (!mapping) fail("mapping");
    if (!PACE_STEP3A_map_generator(ctx, pace_step(CHAINED, 0x81, mapping, 0x82, &response))) fail("mapping");
    key = PACE_STEP3B_generate_ephemeral_key(ctx);
    if (!key) fail("ephemeral key");
    theirs = pace_step(CHAINED, 0x83, key, 0x84, &response);
    if (!PACE_STEP3B_compute_shared_secret(ctx, theirs) || !PACE_STEP3C_derive_keys(ctx)) fail("key agreement");
    BUF_MEM *token = PACE_STEP3D_compute_authentication_token(ctx, theirs);
    if (!token) fail("token");
    BUF_MEM *answered = pace_step(LAST, 0x85, token, 0x86, references);
    if (PACE_STEP3D_verify_authentication_token(ctx, answered) != 1) fail("the chip's token is wrong");
    session_of_pace(ctx);
    return theirs;
}

/* The chip's role; `car` is what it tells a terminal with a template, `chat` the template it was shown. Its own ephemeral key. */
static BUF_MEM *pace_chip(EAC_CTX *ctx, PACE_SEC *secret, const BUF_MEM *car, bytes *chat)
{
    command set_at;
    bytes last = {.n = 0};
    BUF_MEM *nonce, *mapping, *key, *theirs, *token, *mine;
    size_t n;
    await("\x00\x22\xc1\xa4", &set_at);
    const unsigned char *shown = find(set_at.data.b, set_at.data.n, 0x7f4c, &n);
    chat->n = 0;
    if (shown) put_tlv(chat, 0x7f4c, shown, n);
    answer_status(0x9000);
    await_general_authenticate(CHAINED, 0);
    nonce = PACE_STEP1_enc_nonce(ctx, secret);
    if (!nonce) fail("nonce");
    answer_object(0x80, nonce);
    theirs = await_general_authenticate(CHAINED, 0x81);
    mapping = PACE_STEP3A_generate_mapping_data(ctx);
    if (!mapping || !PACE_STEP3A_map_generator(ctx, theirs)) fail("mapping");
    answer_object(0x82, mapping);
    theirs = await_general_authenticate(CHAINED, 0x83);
    key = PACE_STEP3B_generate_ephemeral_key(ctx);
    if (!key || !PACE_STEP3B_compute_shared_secret(ctx, theirs) || !PACE_STEP3C_derive_keys(ctx)) fail("key agreement");
    answer_object(0x84, key);
    token = await_general_authenticate(LAST, 0x85);
    if (PACE_STEP3D_verify_authentication_token(ctx, token) != 1) {
        answer_status(0x6300);
        return NULL;
    }
    mine = PACE_STEP3D_compute_authentication_token(ctx, theirs);
    if (!mine) fail("token");
    put_tlv(&last, 0x86, mine->data, mine->length);
    if (car && shown) put_tlv(&last, 0x87, car->data, car->length);
    answer_general_authenticate(&last);
    session_of_pace(ctx);
    return key;
}
#endif
