#!/bin/sh
# How the files here were made, with OpenSSL 3.0.22; the private keys were thrown away.
set -e
work=$(mktemp -d)
cat > "$work/ext.cnf" <<'CNF'
[ca]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[signer]
keyUsage = critical, digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
CNF
make_chain() { # name, curve, hash
  openssl ecparam -name "$2" -genkey -noout -out "$work/$1-ca.key"
  openssl req -new -key "$work/$1-ca.key" -subj "/C=UT/O=Utopia/CN=OpenSSL CSCA $1" -out "$work/ca.csr"
  openssl x509 -req -in "$work/ca.csr" -signkey "$work/$1-ca.key" "-$3" -days 3650 -set_serial 0x4001 \
    -extfile "$work/ext.cnf" -extensions ca -out "$work/$1-ca.pem"
  openssl ecparam -name "$2" -genkey -noout -out "$work/$1.key"
  openssl req -new -key "$work/$1.key" -subj "/C=UT/O=Utopia/CN=OpenSSL Document Signer $1" -out "$work/signer.csr"
  openssl x509 -req -in "$work/signer.csr" -CA "$work/$1-ca.pem" -CAkey "$work/$1-ca.key" "-$3" -days 3650 \
    -set_serial 0x4002 -extfile "$work/ext.cnf" -extensions signer -out "$work/$1.pem"
  openssl x509 -in "$work/$1-ca.pem" -outform DER -out "$1-csca.cer"
}
printf 'content signed by OpenSSL' > "$work/content"
make_chain p256 prime256v1 sha256
make_chain p384 secp384r1 sha384
# signer by issuer and serial number, with signingTime and S/MIME capabilities
openssl cms -sign -binary -nodetach -outform DER -md sha256 -econtent_type 2.23.136.1.1.1 -in "$work/content" \
  -signer "$work/p256.pem" -inkey "$work/p256.key" -out p256-issuer-serial.cms
# signer by key identifier
openssl cms -sign -binary -nodetach -outform DER -md sha384 -keyid -nosmimecap -econtent_type 2.23.136.1.1.1 \
  -in "$work/content" -signer "$work/p384.pem" -inkey "$work/p384.key" -out p384-key-identifier.cms
# two signers
openssl cms -sign -binary -nodetach -outform DER -md sha256 -econtent_type 2.23.136.1.1.1 -in "$work/content" \
  -signer "$work/p256.pem" -inkey "$work/p256.key" -signer "$work/p384.pem" -inkey "$work/p384.key" -out two-signers.cms
# no signed attributes
openssl cms -sign -binary -nodetach -outform DER -md sha256 -noattr -econtent_type 2.23.136.1.1.1 -in "$work/content" \
  -signer "$work/p256.pem" -inkey "$work/p256.key" -out no-attributes.cms
rm -r "$work"
