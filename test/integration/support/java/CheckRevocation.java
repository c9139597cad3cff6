import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateRevokedException;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.PKIXRevocationChecker.Option;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Arguments: `ocsp`, `crl` or `staple`, the root, then chains, leaf first (PEM); for `staple` each is followed by a file
 * with the OCSP response. A line each: good, revoked REASON, or why the JDK's PKIX validator knows nothing.
 */
public class CheckRevocation {
  public static void main(String[] arguments) throws Exception {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    String way = arguments[0];
    X509Certificate root = (X509Certificate) certificates(factory, arguments[1]).get(0);
    int step = way.equals("staple") ? 2 : 1;
    for (int i = 2; i < arguments.length; i += step)
      System.out.println(verdict(factory, way, root, arguments[i], step == 2 ? arguments[i + 1] : null));
  }

  private static List<? extends java.security.cert.Certificate> certificates(CertificateFactory factory, String file)
      throws Exception {
    try (InputStream in = new FileInputStream(file)) {
      return List.copyOf(factory.generateCertificates(in));
    }
  }

  private static String verdict(
      CertificateFactory factory, String way, X509Certificate root, String chain, String response) throws Exception {
    List<? extends java.security.cert.Certificate> path = certificates(factory, chain);
    CertPathValidator validator = CertPathValidator.getInstance("PKIX");
    PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
    // Of authorities' own certificates another row tells.
    EnumSet<Option> options = EnumSet.of(Option.NO_FALLBACK, Option.ONLY_END_ENTITY);
    if (way.equals("crl")) options.add(Option.PREFER_CRLS);
    checker.setOptions(options);
    if (response != null)
      checker.setOcspResponses(Map.of((X509Certificate) path.get(0), Files.readAllBytes(Path.of(response))));
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
    parameters.addCertPathChecker(checker);
    try {
      validator.validate(factory.generateCertPath(path), parameters);
      return "good";
    } catch (CertPathValidatorException refusal) {
      if (refusal.getReason() == BasicReason.REVOKED)
        return "revoked " + ((CertificateRevokedException) refusal.getCause()).getRevocationReason();
      return refusal.getReason() + " " + refusal.getMessage();
    }
  }
}
