import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { SignJWT } from 'jose'

/** An issuer of tokens whose keys are made with node:crypto and whose tokens are signed by jose. */
export class TestIssuer {
  readonly url: string
  readonly algorithm: 'RS256' | 'ES256' | 'EdDSA'
  #keys: { kid: string; privateKey: KeyObject; publicKey: KeyObject }[] = []

  constructor(url: string, algorithm: 'RS256' | 'ES256' | 'EdDSA' = 'ES256') {
    this.url = url
    this.algorithm = algorithm
    this.rotate()
  }

  /** A new key in place of the ones before. */
  rotate(): void {
    const pair =
      this.algorithm === 'RS256'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : this.algorithm === 'ES256'
          ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
          : generateKeyPairSync('ed25519')
    this.#keys = [{ kid: `key-${Math.random()}`, ...pair }]
  }

  get publicKey(): KeyObject {
    return (this.#keys[0] as { publicKey: KeyObject }).publicKey
  }

  /** Its JWK set, as text. */
  keySet(): string {
    const keys = this.#keys.map(({ kid, publicKey }) => ({
      ...publicKey.export({ format: 'jwk' }),
      ...{ kid, use: 'sig', alg: this.algorithm },
    }))
    return JSON.stringify({ keys })
  }

  /** A token for a subject, five minutes long from `now`; undefined takes a claim away. */
  token(now: number, claims: Readonly<Record<string, unknown>> = {}, header: object = {}): Promise<string> {
    const { kid, privateKey } = this.#keys[0] as { kid: string; privateKey: KeyObject }
    const seconds = Math.floor(now / 1000)
    const all = { iss: this.url, sub: 'somebody', iat: seconds, exp: seconds + 300, ...claims }
    const present = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
    return new SignJWT(present)
      .setProtectedHeader({ alg: this.algorithm, kid, typ: 'JWT', ...header })
      .sign(privateKey)
  }
}
