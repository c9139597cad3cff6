import { constants, createECDH, createHash, privateEncrypt, randomBytes, type KeyObject } from 'node:crypto'

export type Hash = 'sha256' | 'sha384' | 'sha512'

/** DigestInfo up to the digest (RFC 8017 §9.2 note 1). */
const DIGEST_INFO: Record<Hash, string> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
}
/** Curve by its name in node:crypto: its order (FIPS 186-5, SP 800-186 §3.2.1). */
const ORDERS: Record<string, bigint> = {
  prime256v1: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  secp384r1:
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  secp521r1:
    0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
}

/**
 * Signs a digest that was made elsewhere, as a KMS does. `node:crypto` hashes by itself, so that the step after it is
 * written out here: PKCS#1 v1.5 (RFC 8017 §8.2), PSS with a salt as long as the hash (§9.1.1), ECDSA (FIPS 186-5 §6.4).
 */
export function signDigest(
  key: KeyObject,
  scheme: 'pkcs1' | 'pss' | 'ecdsa',
  hash: Hash,
  digest: Buffer,
): Buffer {
  if (digest.length !== createHash(hash).digest().length) throw new Error('the digest has another length')
  switch (scheme) {
    case 'pkcs1': {
      const info = Buffer.concat([Buffer.from(DIGEST_INFO[hash], 'hex'), digest])
      return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, info)
    }
    case 'pss':
      return pss(key, hash, digest)
    case 'ecdsa':
      return ecdsa(key, digest)
  }
}

function pss(key: KeyObject, hash: Hash, digest: Buffer): Buffer {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  const salt = randomBytes(digest.length)
  const h = createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest()
  const db = Buffer.alloc(bits / 8 - h.length - 1)
  db[db.length - salt.length - 1] = 1
  db.set(salt, db.length - salt.length)
  let mask = Buffer.alloc(0)
  for (let counter = 0; mask.length < db.length; counter++) {
    const octets = Buffer.alloc(4)
    octets.writeUInt32BE(counter)
    mask = Buffer.concat([mask, createHash(hash).update(h).update(octets).digest()])
  }
  for (let place = 0; place < db.length; place++) db[place] = (db[place] ?? 0) ^ (mask[place] ?? 0)
  db[0] = (db[0] ?? 0) & 0x7f
  return privateEncrypt(
    { key, padding: constants.RSA_NO_PADDING },
    Buffer.concat([db, h, Buffer.from([0xbc])]),
  )
}

const bigOf = (octets: Uint8Array): bigint => BigInt(`0x${Buffer.from(octets).toString('hex') || '0'}`)

function ecdsa(key: KeyObject, digest: Buffer): Buffer {
  const curve = key.asymmetricKeyDetails?.namedCurve ?? ''
  const n = ORDERS[curve]
  if (n === undefined) throw new Error(`no order of ${curve}`)
  const d = bigOf(Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url'))
  const surplus = digest.length * 8 - n.toString(2).length
  const z = surplus > 0 ? bigOf(digest) >> BigInt(surplus) : bigOf(digest)
  // A fresh key pair of the curve is a fresh k and the point kG.
  const once = createECDH(curve)
  const point = once.generateKeys()
  const r = bigOf(point.subarray(1, 1 + (point.length - 1) / 2)) % n
  const s = (inverse(bigOf(once.getPrivateKey()), n) * ((z + r * d) % n)) % n
  return der(0x30, Buffer.concat([integer(r), integer(s)]))
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n]
  while (b > 0n) {
    const quotient = a / b
    ;[a, b] = [b, a % b]
    ;[x, y] = [y, x - quotient * y]
  }
  return ((x % modulus) + modulus) % modulus
}

const der = (tag: number, content: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(content.length < 0x80 ? [tag, content.length] : [tag, 0x81, content.length]),
    content,
  ])

function integer(value: bigint): Buffer {
  const hex = value.toString(16)
  const octets = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return der(0x02, (octets[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), octets]) : octets)
}
