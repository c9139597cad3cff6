import java.io.FileInputStream;
import java.io.InputStream;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Set;

/** Arguments: pairs of a root and a chain, leaf first (PEM). A line each: OK, or why the JDK's PKIX validator refuses it. */
public class VerifyChains {
  public static void main(String[] files) throws Exception {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    for (int i = 0; i < files.length; i += 2) System.out.println(verdict(factory, files[i], files[i + 1]));
  }

  private static String verdict(CertificateFactory factory, String root, String chain) throws Exception {
    try (InputStream anchor = new FileInputStream(root); InputStream path = new FileInputStream(chain)) {
      TrustAnchor trusted = new TrustAnchor((X509Certificate) factory.generateCertificate(anchor), null);
      PKIXParameters parameters = new PKIXParameters(Set.of(trusted));
      parameters.setRevocationEnabled(false);
      CertPathValidator.getInstance("PKIX")
          .validate(factory.generateCertPath(new ArrayList<>(factory.generateCertificates(path))), parameters);
      return "OK";
    } catch (CertPathValidatorException refusal) {
      return refusal.getReason() + " at " + refusal.getIndex() + ": " + refusal.getMessage();
    }
  }
}
