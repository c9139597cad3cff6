import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.HexFormat;

/** Arguments: type, key store, a file with the passphrase in UTF-8. Prints alias, SHA-256 of each certificate, and whether the key is theirs. */
public class OpenStore {
  public static void main(String[] arguments) throws Exception {
    char[] passphrase = Files.readString(Path.of(arguments[2])).toCharArray();
    KeyStore store = KeyStore.getInstance(arguments[0]);
    try (InputStream file = new FileInputStream(arguments[1])) {
      store.load(file, passphrase);
    } catch (Exception refusal) {
      System.out.println("refused: " + refusal.getMessage());
      return;
    }
    for (String alias : Collections.list(store.aliases())) {
      System.out.println("alias " + HexFormat.of().formatHex(alias.getBytes("UTF-8")));
      for (Certificate each : store.getCertificateChain(alias))
        System.out.println("certificate " + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(each.getEncoded())));
      X509Certificate leaf = (X509Certificate) store.getCertificate(alias);
      PrivateKey key = (PrivateKey) store.getKey(alias, passphrase);
      String algorithm = key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(new byte[] {1, 2, 3});
      byte[] signed = signature.sign();
      signature.initVerify(leaf);
      signature.update(new byte[] {1, 2, 3});
      System.out.println("key " + signature.verify(signed));
    }
  }
}
