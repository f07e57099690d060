/** A record without fault, as JSON would hold it; tests change what they need. */
export const goodInput = {
  documentNumber: "C01X00047",
  issuingState: "UTO",
  nationality: "D",
  givenNames: "سارا",
  familyName: "رستمی\u200cنژاد",
  latin: { given: "Zoë", family: "Rostami-Nejad" },
  fatherName: "بهرام",
  nationalNumber: "0076229645",
  dateOfBirth: { jalali: "1370-01-31" },
  placeOfBirth: "تهران",
  sex: "female",
  birthCertificate: { number: "1234", series: "الف12-345678" },
  householdId: "12345",
  address: {
    province: "تهران",
    county: "تهران",
    city: "تهران",
    street: "خیابان ۱۷ شهریور",
    plate: "12/1",
    postalCode: "1939614733",
  },
  dateOfIssue: "2026-11-22",
  dateOfExpiry: "2036-11-22",
  issuingAuthority: "ثبت احوال اتوپیا / Utopia Civil Registry",
  // FF D8 FF E0 00 10
  portrait: "/9j/4AAQ",
};

/** Path and code of each finding: what tests compare. */
export function codes(findings: readonly { readonly path: string; readonly code: string }[]): string[] {
  return findings.map(({ path, code }) => `${path} ${code}`);
}
