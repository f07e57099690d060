/* pace-loop HEX(EF.CardAccess) CAN: both ends of PACE inside libeac, a judge of PACE parameters and of our SecurityInfos.
 * cc pace-loop.c $(pkg-config --cflags --libs libeac libcrypto). libeac of Debian 12 refuses integrated and chip
 * authentication mapping. */
#include <eac/eac.h>
#include <eac/pace.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#define CHECK(x)                            \
  if (!(x)) {                               \
    printf("FAIL line %d: " #x "\n", __LINE__); \
    ERR_print_errors_fp(stdout);            \
    return 1;                               \
  }

static int from_hex(const char *text, unsigned char *bytes, int max) {
  int n = 0;
  for (; text[0] && text[1] && n < max; text += 2) {
    unsigned value;
    if (sscanf(text, "%2x", &value) != 1) return -1;
    bytes[n++] = value;
  }
  return n;
}

int main(int argc, char **argv) {
  if (argc != 3) return fprintf(stderr, "usage: pace-loop HEX(EF.CardAccess) CAN\n"), 2;
  unsigned char access[512];
  int n = from_hex(argv[1], access, sizeof access);
  EAC_init();
  PACE_SEC *secret = PACE_SEC_new(argv[2], strlen(argv[2]), PACE_CAN);
  EAC_CTX *pcd = EAC_CTX_new(), *picc = EAC_CTX_new();
  CHECK(n > 0 && secret && pcd && picc);
  CHECK(EAC_CTX_init_ef_cardaccess(access, n, pcd));
  CHECK(EAC_CTX_init_ef_cardaccess(access, n, picc));
  BUF_MEM *nonce = PACE_STEP1_enc_nonce(picc, secret);
  CHECK(nonce);
  CHECK(PACE_STEP2_dec_nonce(pcd, secret, nonce));
  BUF_MEM *map_pcd = PACE_STEP3A_generate_mapping_data(pcd), *map_picc = PACE_STEP3A_generate_mapping_data(picc);
  CHECK(map_pcd && map_picc);
  CHECK(PACE_STEP3A_map_generator(pcd, map_picc));
  CHECK(PACE_STEP3A_map_generator(picc, map_pcd));
  BUF_MEM *key_pcd = PACE_STEP3B_generate_ephemeral_key(pcd), *key_picc = PACE_STEP3B_generate_ephemeral_key(picc);
  CHECK(key_pcd && key_picc);
  CHECK(PACE_STEP3B_compute_shared_secret(pcd, key_picc));
  CHECK(PACE_STEP3B_compute_shared_secret(picc, key_pcd));
  CHECK(PACE_STEP3C_derive_keys(pcd));
  CHECK(PACE_STEP3C_derive_keys(picc));
  BUF_MEM *token_pcd = PACE_STEP3D_compute_authentication_token(pcd, key_picc);
  BUF_MEM *token_picc = PACE_STEP3D_compute_authentication_token(picc, key_pcd);
  CHECK(token_pcd && token_picc);
  CHECK(PACE_STEP3D_verify_authentication_token(pcd, token_picc) == 1);
  CHECK(PACE_STEP3D_verify_authentication_token(picc, token_pcd) == 1);
  CHECK(EAC_CTX_set_encryption_ctx(pcd, EAC_ID_PACE));
  printf("PACE ok: nonce %zu, ephemeral key %zu, token %zu bytes\n", nonce->length, key_pcd->length, token_pcd->length);
  return 0;
}
