// SignatureJudge LIST: BouncyCastle's word on single signatures. Each line of LIST: "cert", a certificate, a tab, that of its
// issuer; or "cms", a message, a tab, nothing. Prints "ok" or "FAIL reason", one line each.
import java.io.FileInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.SignerInformationVerifier;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.util.Store;

public class SignatureJudge {
    public static void main(String[] args) throws Exception {
        // Some certificates state their numbers in forms that BouncyCastle refuses otherwise; the question is the signature.
        System.setProperty("org.bouncycastle.asn1.allow_unsafe_integer", "true");
        Security.addProvider(new BouncyCastleProvider());
        for (String line : Files.readAllLines(Path.of(args[0]))) {
            String[] parts = line.split("\t");
            String answer;
            try {
                boolean good = parts[0].equals("cert") ? certificate(parts[1], parts[2]) : message(parts[1]);
                answer = good ? "ok" : "FAIL the signature is not that of this key";
            } catch (Exception | StackOverflowError e) {
                String text = e.toString().replaceAll("\\s+", " ");
                answer = "FAIL " + text.substring(0, Math.min(text.length(), 160));
            }
            System.out.println(answer);
        }
    }

    private static X509CertificateHolder read(String file) throws Exception {
        return new X509CertificateHolder(Files.readAllBytes(Path.of(file)));
    }

    private static boolean certificate(String file, String issuer) throws Exception {
        return read(file)
            .isSignatureValid(new JcaContentVerifierProviderBuilder().setProvider("BC").build(read(issuer).getSubjectPublicKeyInfo()));
    }

    @SuppressWarnings("unchecked")
    private static boolean message(String file) throws Exception {
        try (FileInputStream input = new FileInputStream(file)) {
            CMSSignedData message = new CMSSignedData(input);
            Store<X509CertificateHolder> store = message.getCertificates();
            for (SignerInformation signer : message.getSignerInfos().getSigners()) {
                var found = store.getMatches(signer.getSID());
                if (found.isEmpty()) throw new Exception("no certificate matches the signer");
                X509CertificateHolder holder = (X509CertificateHolder) found.iterator().next();
                SignerInformationVerifier verifier =
                    new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(BouncyCastleProvider.getPublicKey(holder.getSubjectPublicKeyInfo()));
                if (!signer.verify(verifier)) return false;
            }
            return !message.getSignerInfos().getSigners().isEmpty();
        }
    }
}
