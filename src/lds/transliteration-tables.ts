/**
 * Transliteration tables of ICAO 9303-3 §6, by character: table A (Latin), B (Cyrillic), C (Arabic script with Persian,
 * Pashto and Urdu letters). Where the standard gives alternatives, the general one stands here, the others in
 * `transliteration-variants.ts`. An empty value is "not encoded"; \u0651 (shadda) and \u0629 (teh marbuta) have rules of
 * their own in `transliterate.ts`.
 */

/** Table A; letters that only lose their mark are not listed. */
export const LATIN: Readonly<Record<string, string>> = {
  "\u00c4": "AE", // Ä
  "\u00c5": "AA", // Å
  "\u00c6": "AE", // Æ
  "\u00d0": "D", // Ð
  "\u00d6": "OE", // Ö
  "\u00d8": "OE", // Ø
  "\u00dc": "UE", // Ü
  "\u00de": "TH", // Þ
  "\u0110": "D", // Đ
  "\u0126": "H", // Ħ
  "\u0131": "I", // ı
  "\u0132": "IJ", // Ĳ
  "\u013f": "L", // Ŀ
  "\u0141": "L", // Ł
  "\u014a": "N", // Ŋ
  "\u0152": "OE", // Œ
  "\u0166": "T", // Ŧ
  "\u1e9e": "SS", // ẞ
  "\u00df": "SS", // ß
};

/** Table B, upper case. */
export const CYRILLIC: Readonly<Record<string, string>> = {
  "\u0401": "E", // Ё
  "\u0402": "D", // Ђ
  "\u0404": "IE", // Є
  "\u0405": "DZ", // Ѕ
  "\u0406": "I", // І
  "\u0407": "I", // Ї
  "\u0408": "J", // Ј
  "\u0409": "LJ", // Љ
  "\u040a": "NJ", // Њ
  "\u040c": "K", // Ќ
  "\u040e": "U", // Ў
  "\u040f": "DZ", // Џ
  "\u0410": "A", // А
  "\u0411": "B", // Б
  "\u0412": "V", // В
  "\u0413": "G", // Г
  "\u0414": "D", // Д
  "\u0415": "E", // Е
  "\u0416": "ZH", // Ж
  "\u0417": "Z", // З
  "\u0418": "I", // И
  "\u0419": "I", // Й
  "\u041a": "K", // К
  "\u041b": "L", // Л
  "\u041c": "M", // М
  "\u041d": "N", // Н
  "\u041e": "O", // О
  "\u041f": "P", // П
  "\u0420": "R", // Р
  "\u0421": "S", // С
  "\u0422": "T", // Т
  "\u0423": "U", // У
  "\u0424": "F", // Ф
  "\u0425": "KH", // Х
  "\u0426": "TS", // Ц
  "\u0427": "CH", // Ч
  "\u0428": "SH", // Ш
  "\u0429": "SHCH", // Щ
  "\u042a": "IE", // Ъ
  "\u042b": "Y", // Ы
  "\u042c": "", // Ь: the table leaves it out, and so do the States that follow it; a change that is reported
  "\u042d": "E", // Э
  "\u042e": "IU", // Ю
  "\u042f": "IA", // Я
  "\u046a": "U", // Ѫ
  "\u0474": "Y", // Ѵ
  "\u0490": "G", // Ґ
  "\u0492": "G", // Ғ
  "\u04ba": "C", // Һ
};

/** Table C. */
export const ARABIC: Readonly<Record<string, string>> = {
  "\u0621": "XE", // ء
  "\u0622": "XAA", // آ
  "\u0623": "XAE", // أ
  "\u0624": "U", // ؤ
  "\u0625": "I", // إ
  "\u0626": "XI", // ئ
  "\u0627": "A", // ا
  "\u0628": "B", // ب
  "\u062a": "T", // ت
  "\u062b": "XTH", // ث
  "\u062c": "J", // ج
  "\u062d": "XH", // ح
  "\u062e": "XKH", // خ
  "\u062f": "D", // د
  "\u0630": "XDH", // ذ
  "\u0631": "R", // ر
  "\u0632": "Z", // ز
  "\u0633": "S", // س
  "\u0634": "XSH", // ش
  "\u0635": "XSS", // ص
  "\u0636": "XDZ", // ض
  "\u0637": "XTT", // ط
  "\u0638": "XZZ", // ظ
  "\u0639": "E", // ع
  "\u063a": "G", // غ
  "\u0640": "", // ـ
  "\u0641": "F", // ف
  "\u0642": "Q", // ق
  "\u0643": "K", // ك
  "\u0644": "L", // ل
  "\u0645": "M", // م
  "\u0646": "N", // ن
  "\u0647": "H", // ه
  "\u0648": "W", // و
  "\u0649": "XAY", // ى
  "\u064a": "Y", // ي
  "\u064b": "",
  "\u064c": "",
  "\u064d": "",
  "\u064e": "",
  "\u064f": "",
  "\u0650": "",
  "\u0652": "",
  "\u0670": "",
  "\u0671": "XXA", // ٱ
  "\u0679": "XXT", // ٹ
  "\u067c": "XRT", // ټ
  "\u067e": "P", // پ
  "\u0681": "XKE", // ځ
  "\u0685": "XXH", // څ
  "\u0686": "XC", // چ
  "\u0688": "XXD", // ڈ
  "\u0689": "XDR", // ډ
  "\u0691": "XXR", // ڑ
  "\u0693": "XRR", // ړ
  "\u0696": "XRX", // ږ
  "\u0698": "XJ", // ژ
  "\u069a": "XXS", // ښ
  "\u069c": "", // ڜ
  "\u06a2": "", // ڢ
  "\u06a7": "", // ڧ
  "\u06a8": "", // ڨ
  "\u06a9": "XKK", // ک
  "\u06ab": "XXK", // ګ
  "\u06ad": "XNG", // ڭ
  "\u06af": "XGG", // گ
  "\u06ba": "XNN", // ں
  "\u06bc": "XXN", // ڼ
  "\u06be": "XDO", // ھ
  "\u06c0": "XYH", // ۀ
  "\u06c1": "XXG", // ہ
  "\u06c2": "XGE", // ۂ
  "\u06c3": "XTG", // ۃ
  "\u06cc": "XYA", // ی
  "\u06cd": "XXY", // ۍ
  "\u06d0": "Y", // ې
  "\u06d2": "XYB", // ے
  "\u06d3": "XBE", // ۓ
};
