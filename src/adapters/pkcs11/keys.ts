import { ID_EC_PUBLIC_KEY, spkiObject } from "../../asn1/keys.js";
import { OCTET_STRING } from "../../asn1/types.js";
import { utf8 } from "../../bytes/bytes.js";
import {
  type CurveParametersForm,
  encodeRsaSpki,
  encodeSpki,
  parseCurve,
  publicKeyFromSpki,
} from "../../pki/public-key.js";
import { dataObject, encodeObject, parseObject } from "../../tlv/file.js";
import { octets } from "../../tlv/leaves.js";
import { CK, called, type Pkcs11Attribute, type Pkcs11Module, unavailable } from "./module.js";

/** Which key of a token: by its CKA_ID, by its CKA_LABEL, or by both. */
export interface Pkcs11KeyName {
  readonly id?: Uint8Array;
  readonly label?: string;
}

const pointObject = dataObject("CKA_EC_POINT", OCTET_STRING, octets(1));

/** The one object of a class that a name fits. */
export function findKey(module: Pkcs11Module, session: Uint8Array, keyClass: number, name: Pkcs11KeyName): Uint8Array {
  const found = find(module, session, keyClass, name);
  const [key] = found;
  if (key !== undefined && found.length === 1) return key;
  const what = keyClass === CK.CKO_PRIVATE_KEY ? "private key" : "public key";
  throw found.length === 0
    ? unavailable(`The token has no ${what} of that name`, "Check id and label, and that the PIN is that of its user.")
    : unavailable(`The token has more than one ${what} of that name`, "Name the key by its id (CKA_ID).");
}

function find(module: Pkcs11Module, session: Uint8Array, keyClass: number, { id, label }: Pkcs11KeyName) {
  const template: Pkcs11Attribute[] = [{ type: CK.CKA_CLASS, value: keyClass }];
  if (id !== undefined) template.push({ type: CK.CKA_ID, value: bufferOf(id) });
  if (label !== undefined) template.push({ type: CK.CKA_LABEL, value: bufferOf(utf8(label)) });
  called("C_FindObjectsInit", () => module.C_FindObjectsInit(session, template));
  try {
    return called("C_FindObjects", () => module.C_FindObjects(session, 2));
  } finally {
    called("C_FindObjectsFinal", () => module.C_FindObjectsFinal(session));
  }
}

/** DER of SubjectPublicKeyInfo of a key of the token. */
export function readPublicKey(
  module: Pkcs11Module,
  session: Uint8Array,
  privateKey: Uint8Array,
  name: Pkcs11KeyName,
  form: CurveParametersForm | undefined,
): Uint8Array {
  const value = (object: Uint8Array, type: number): Uint8Array => {
    const [attribute] = called("C_GetAttributeValue", () => module.C_GetAttributeValue(session, object, [{ type }]));
    // A copy that is a plain Uint8Array: the binding gives Buffers.
    return Uint8Array.from(attribute?.value ?? []);
  };
  const keyType = value(privateKey, CK.CKA_KEY_TYPE)[0];
  if (keyType === CK.CKK_RSA) {
    const numbers = {
      modulus: value(privateKey, CK.CKA_MODULUS),
      publicExponent: value(privateKey, CK.CKA_PUBLIC_EXPONENT),
    };
    return encodeRsaSpki(numbers);
  }
  if (keyType !== CK.CKK_EC) throw unavailable("The key is neither RSA nor on a curve", "Use another key.");
  const publicKey = findKey(module, session, CK.CKO_PUBLIC_KEY, name);
  const parameters = value(publicKey, CK.CKA_EC_PARAMS);
  const point = value(publicKey, CK.CKA_EC_POINT);
  // PKCS#11 2.40 §2.3.3 wraps the point in an OCTET STRING; some modules forget to. Both begin with 04.
  const { bytes } = parseCurve(parameters, parameters);
  const subjectPublicKey = point.length === 2 * bytes + 1 ? point : parseObject(pointObject, point);
  const algorithm = { algorithm: ID_EC_PUBLIC_KEY, parameters };
  const key = publicKeyFromSpki(encodeObject(spkiObject, { algorithm, subjectPublicKey }));
  if (key.kind !== "EC") throw new TypeError("a key on a curve was expected");
  return encodeSpki(key.curve, key.point, form);
}

/** Bindings for Node take Buffers only. */
export function bufferOf(bytes: Uint8Array): Uint8Array {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
