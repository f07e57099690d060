// SodJudge LIST: judges many EF.SODs with BouncyCastle in one JVM. Each line of LIST: the CMS (tag 77 removed), a tab,
// the CSCA certificate (PEM), a tab, where to write the signed content. Prints "ok CMS" or "FAIL CMS reason" per line;
// exits 1 when one failed.
import java.io.FileInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cms.CMSProcessable;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

public class SodJudge {
  private static final String LDS_SECURITY_OBJECT = "2.23.136.1.1.1";

  public static void main(String[] args) throws Exception {
    Security.addProvider(new BouncyCastleProvider());
    boolean good = true;
    for (String line : Files.readAllLines(Path.of(args[0]))) {
      String[] parts = line.split("\t");
      try {
        Files.write(Path.of(parts[2]), judge(Path.of(parts[0]), parts[1]));
        System.out.println("ok " + parts[0]);
      } catch (Exception e) {
        System.out.println("FAIL " + parts[0] + " " + e);
        good = false;
      }
    }
    System.exit(good ? 0 : 1);
  }

  /** Signature by the certificate inside, that certificate by the CSCA, the PKIX path; gives the signed content. */
  private static byte[] judge(Path cms, String csca) throws Exception {
    CMSSignedData signed = new CMSSignedData(Files.readAllBytes(cms));
    if (!LDS_SECURITY_OBJECT.equals(signed.getSignedContentTypeOID())) {
      throw new Exception("eContentType " + signed.getSignedContentTypeOID());
    }
    CertificateFactory factory = CertificateFactory.getInstance("X.509", "BC");
    X509Certificate anchor;
    try (FileInputStream in = new FileInputStream(csca)) {
      anchor = (X509Certificate) factory.generateCertificate(in);
    }
    int signers = 0;
    for (SignerInformation signer : signed.getSignerInfos()) {
      X509CertificateHolder holder =
          (X509CertificateHolder) signed.getCertificates().getMatches(signer.getSID()).iterator().next();
      if (!signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(holder))) {
        throw new Exception("signature");
      }
      X509Certificate ds = new JcaX509CertificateConverter().setProvider("BC").getCertificate(holder);
      ds.verify(anchor.getPublicKey(), "BC");
      CertPath path = factory.generateCertPath(List.of(ds));
      PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(anchor, null)));
      parameters.setRevocationEnabled(false);
      CertPathValidator.getInstance("PKIX", "BC").validate(path, parameters);
      signers++;
    }
    if (signers != 1) throw new Exception(signers + " signers");
    CMSProcessable content = signed.getSignedContent();
    return (byte[]) content.getContent();
  }
}
