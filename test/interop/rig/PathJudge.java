// PathJudge LIST: judges certificates with BouncyCastle's PKIX path in one JVM. Each line of LIST, tab-separated, PEM files: the
// trusted root, the revocation list or "-", then the path from the certificate to the one below the root. Prints "ok NUMBER" or
// "FAIL NUMBER reason" per line, lines counted from 1.
import java.io.FileInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.security.cert.CertPathValidator;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

public class PathJudge {
  public static void main(String[] args) throws Exception {
    Security.addProvider(new BouncyCastleProvider());
    CertificateFactory factory = CertificateFactory.getInstance("X.509", "BC");
    int number = 0;
    for (String line : Files.readAllLines(Path.of(args[0]))) {
      number++;
      try {
        judge(factory, line.split("\t"));
        System.out.println("ok " + number);
      } catch (Exception e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        System.out.println("FAIL " + number + " " + String.valueOf(cause.getMessage()).replace('\n', ' '));
      }
    }
  }

  private static X509Certificate certificate(CertificateFactory factory, String file) throws Exception {
    try (FileInputStream in = new FileInputStream(file)) {
      return (X509Certificate) factory.generateCertificate(in);
    }
  }

  private static void judge(CertificateFactory factory, String[] parts) throws Exception {
    X509Certificate anchor = certificate(factory, parts[0]);
    List<X509Certificate> path = new ArrayList<>();
    for (int i = 2; i < parts.length; i++) path.add(certificate(factory, parts[i]));
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(anchor, null)));
    if (parts[1].equals("-")) {
      parameters.setRevocationEnabled(false);
    } else {
      try (FileInputStream in = new FileInputStream(parts[1])) {
        X509CRL crl = (X509CRL) factory.generateCRL(in);
        crl.verify(anchor.getPublicKey(), "BC");
        parameters.addCertStore(
            CertStore.getInstance("Collection", new CollectionCertStoreParameters(List.of(crl)), "BC"));
      }
    }
    CertPathValidator.getInstance("PKIX", "BC").validate(factory.generateCertPath(path), parameters);
  }
}
