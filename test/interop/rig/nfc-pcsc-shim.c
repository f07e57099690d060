/* Drop-in for the few libnfc calls that mrtdreader makes, carried over PC/SC. LD_PRELOAD it: mrtdreader's own BAC, secure
 * messaging and parsing stay untouched. NFC_PCSC_READER: part of a reader's name. NFC_PCSC_TRACE=1: APDUs to stderr. */
#include <nfc/nfc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <winscard.h>

static SCARDCONTEXT context;
static SCARDHANDLE card;
static DWORD protocol;
static char reader[256];

void nfc_init(nfc_context **c) {
  static int dummy;
  *c = (nfc_context *)&dummy;
  SCardEstablishContext(SCARD_SCOPE_SYSTEM, 0, 0, &context);
}

void nfc_exit(nfc_context *c) {
  (void)c;
  SCardReleaseContext(context);
}

size_t nfc_list_devices(nfc_context *c, nfc_connstring names[], size_t n) {
  (void)c;
  if (n < 1) return 0;
  strcpy(names[0], "pcsc");
  return 1;
}

nfc_device *nfc_open(nfc_context *c, const nfc_connstring name) {
  static int dummy;
  (void)c, (void)name;
  const char *want = getenv("NFC_PCSC_READER");
  DWORD length = 0;
  if (SCardListReaders(context, 0, 0, &length)) return 0;
  char *names = malloc(length);
  if (SCardListReaders(context, 0, names, &length)) return 0;
  for (char *p = names; *p; p += strlen(p) + 1) {
    if (want && !strstr(p, want)) continue;
    snprintf(reader, sizeof reader, "%s", p);
    break;
  }
  free(names);
  LONG r = SCardConnect(context, reader, SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_T1, &card, &protocol);
  if (r) {
    fprintf(stderr, "shim: SCardConnect(%s): %s\n", reader, pcsc_stringify_error(r));
    return 0;
  }
  return (nfc_device *)&dummy;
}

void nfc_close(nfc_device *d) {
  (void)d;
  SCardDisconnect(card, SCARD_RESET_CARD);
}

const char *nfc_device_get_name(nfc_device *d) {
  (void)d;
  return reader;
}

int nfc_initiator_init(nfc_device *d) {
  (void)d;
  return 0;
}

int nfc_device_set_property_bool(nfc_device *d, const nfc_property p, const bool on) {
  (void)d, (void)p, (void)on;
  return 0;
}

int nfc_initiator_select_passive_target(nfc_device *d, const nfc_modulation m, const uint8_t *init, const size_t n,
                                        nfc_target *target) {
  (void)d, (void)init, (void)n;
  if (m.nmt != NMT_ISO14443A) return 0;
  if (target) {
    memset(target, 0, sizeof *target);
    target->nm = m;
  }
  return 1;
}

void nfc_perror(const nfc_device *d, const char *text) {
  (void)d;
  fprintf(stderr, "shim: %s\n", text);
}

static void trace(char mark, const uint8_t *bytes, size_t n) {
  fputc(mark, stderr);
  for (size_t i = 0; i < n; i++) fprintf(stderr, "%02x", bytes[i]);
  fputc('\n', stderr);
}

int nfc_initiator_transceive_bytes(nfc_device *d, const uint8_t *tx, const size_t tx_length, uint8_t *rx,
                                   const size_t rx_length, int timeout) {
  (void)d, (void)timeout;
  SCARD_IO_REQUEST request = {protocol, sizeof request};
  uint8_t buffer[65548];
  DWORD n = sizeof buffer;
  LONG error = SCardTransmit(card, &request, tx, tx_length, 0, buffer, &n);
  if (getenv("NFC_PCSC_TRACE")) {
    trace('>', tx, tx_length);
    trace('<', buffer, error ? 0 : n);
  }
  if (error) return NFC_EIO;
  if (rx_length && n > rx_length) n = rx_length;
  memcpy(rx, buffer, n);
  return (int)n;
}
