import { constants, createCipheriv, createDecipheriv, createPrivateKey, createPublicKey } from 'node:crypto'
import { generateKeyPairSync, randomBytes, randomUUID, sign, timingSafeEqual } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'

/** What is kept: key-encryption keys by version, and private keys (PKCS#8, base64) by handle. */
type Kept = { kekId: string; keks: string[]; keys: Record<string, string> }
type Body = Record<string, unknown>

const setting = (name: string): string => process.env[name] ?? fail(`${name} is not set; see README.md`)
const fail = (message: string): never => {
  throw new Error(message)
}
const file = setting('SIGNER_KEYS')
const token = readFileSync(setting('SIGNER_TOKEN_FILE'), 'utf8').trim()
const fresh = (): Kept => ({ kekId: randomUUID(), keks: [randomBytes(32).toString('base64')], keys: {} })
const kept: Kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Kept) : fresh()
const keep = (): void => {
  writeFileSync(`${file}.new`, JSON.stringify(kept), { mode: 0o600, flush: true })
  renameSync(`${file}.new`, file)
}
keep()

/** Ends a request with an answer of the protocol that says no. */
const refuse = (status: number, code: string, message: string): never => {
  throw Object.assign(new Error(message), { status, code })
}
const text = (body: Body, name: string): string => {
  const value = body[name]
  return typeof value === 'string' ? value : refuse(400, 'invalid_request', `${name} must be a string`)
}
const octets = (body: Body, name: string): Buffer => Buffer.from(text(body, name), 'base64')

const describe = () => ({ kekId: kept.kekId, kekVersion: kept.keks.length })
/** Id and version are authenticated too: what one version wrapped doesn't open as another's. */
const aad = (version: number, context: Buffer) =>
  Buffer.concat([Buffer.from(`${kept.kekId}:${version}:`), context])
const kek = (version: unknown): Buffer => {
  const key = typeof version === 'number' ? kept.keks[version - 1] : undefined
  return Buffer.from(key ?? refuse(404, 'unknown_key', 'there is no such version'), 'base64')
}
const privateKey = (handle: string) => {
  const key = Object.hasOwn(kept.keys, handle) ? kept.keys[handle] : undefined
  const der = Buffer.from(key ?? refuse(404, 'unknown_key', 'there is no such key'), 'base64')
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
}
const spki = (handle: string): string =>
  createPublicKey(privateKey(handle)).export({ format: 'der', type: 'spki' }).toString('base64')

function generated(algorithm: string) {
  const [, bits] = /^RSA_(2048|3072|4096)$/.exec(algorithm) ?? []
  if (bits !== undefined) return generateKeyPairSync('rsa', { modulusLength: Number(bits) })
  const [, namedCurve] = /^EC_(prime256v1|secp384r1|secp521r1)$/.exec(algorithm) ?? []
  if (namedCurve !== undefined) return generateKeyPairSync('ec', { namedCurve })
  if (algorithm === 'ED25519') return generateKeyPairSync('ed25519')
  const [, size] = /^ML_DSA_(44|65|87)$/.exec(algorithm) ?? []
  if (size !== undefined) return generateKeyPairSync(`ml-dsa-${size}` as 'ml-dsa-44')
  return refuse(501, 'unsupported', `this signer makes no keys of ${algorithm}`)
}

/** The protocol, docs/kms-http.md: one function a path. */
const protocol: Record<string, (body: Body) => object> = {
  describe: describe,
  wrap: (body) => {
    const { kekVersion } = describe()
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', kek(kekVersion), nonce)
    cipher.setAAD(aad(kekVersion, octets(body, 'context')))
    const ciphertext = Buffer.concat([cipher.update(octets(body, 'dataKey')), cipher.final()])
    const wrapped = Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]).toString('base64')
    return { ...describe(), wrapped }
  },
  unwrap: (body) => {
    if (body['kekId'] !== kept.kekId) refuse(404, 'unknown_key', 'there is no such key-encryption key')
    const wrapped = octets(body, 'wrapped')
    const key = kek(body['kekVersion'])
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, wrapped.subarray(0, 12), { authTagLength: 16 })
      decipher.setAAD(aad(body['kekVersion'] as number, octets(body, 'context')))
      decipher.setAuthTag(wrapped.subarray(12).subarray(-16))
      const dataKey = Buffer.concat([decipher.update(wrapped.subarray(12, -16)), decipher.final()])
      return { dataKey: dataKey.toString('base64') }
    } catch {
      return refuse(422, 'does_not_open', 'changed, or of another context')
    }
  },
  rotate: () => {
    kept.keks.push(randomBytes(32).toString('base64'))
    keep()
    return describe()
  },
  'generate-key-pair': (body) => {
    const { privateKey: made } = generated(text(body, 'algorithm'))
    const handle = randomUUID()
    kept.keys[handle] = made.export({ format: 'der', type: 'pkcs8' }).toString('base64')
    keep()
    return { handle, publicKey: spki(handle) }
  },
  'public-key': (body) => ({ publicKey: spki(text(body, 'handle')) }),
  sign: (body) => {
    const algorithm = text(body, 'algorithm')
    const [, bits, scheme] = /^SHA(256|384|512)WITH(RSA|RSA_PSS|ECDSA)$/.exec(algorithm) ?? []
    if (bits === undefined && !/^(ED25519|ML_DSA_(44|65|87))$/.test(algorithm))
      refuse(501, 'unsupported', `no ${algorithm} here`)
    const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: Number(bits) / 8 }
    const key = { key: privateKey(text(body, 'handle')), ...(scheme === 'RSA_PSS' ? pss : {}) }
    // Here a signer of your own looks at what it signs, and counts, alerts or asks a person.
    const signature = sign(bits === undefined ? null : `sha${bits}`, octets(body, 'data'), key)
    return { signature: signature.toString('base64') }
  },
}

const LARGEST = 64 * 1024 * 1024
const allowed = (authorization = ''): boolean => {
  const [one, other] = [authorization, `Bearer ${token}`].map((value) => Buffer.from(value))
  return one?.length === other?.length && timingSafeEqual(one as Buffer, other as Buffer)
}

const listener: RequestListener = (request, response) => {
  const chunks: Buffer[] = []
  let length = 0
  request.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > LARGEST) request.destroy()
    else chunks.push(chunk)
  })
  request.on('end', () => {
    let status = 200
    let answer: object
    try {
      if (!allowed(request.headers.authorization)) refuse(401, 'unauthenticated', 'the token is not right')
      const name = request.url?.replace(/^\/v1\//, '') ?? ''
      const perform = Object.hasOwn(protocol, name) ? protocol[name] : undefined
      if (request.method !== 'POST' || perform === undefined)
        refuse(404, 'unknown_path', 'see docs/kms-http.md')
      answer = perform?.(JSON.parse(Buffer.concat(chunks).toString()) as Body) ?? {}
    } catch (error) {
      const refused = error as { status?: number; code?: string; message: string }
      status = refused.status ?? 500
      const failed = { code: 'internal', message: 'the signer failed', retryable: true }
      const { code, message } = refused
      answer = { error: status === 500 ? failed : { code, message, retryable: false } }
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
}

/** Without a certificate it listens on this machine only. */
const certificate = process.env['SIGNER_CERT_FILE']
const server =
  certificate === undefined
    ? createServer(listener)
    : createTlsServer(
        { cert: readFileSync(certificate), key: readFileSync(setting('SIGNER_KEY_FILE')) },
        listener,
      )
server.listen(
  Number(process.env['PORT'] ?? '8444'),
  certificate === undefined ? '127.0.0.1' : undefined,
  () => {
    const address = server.address()
    console.log(`listening on port ${typeof address === 'object' ? address?.port : address}`)
  },
)
process.once('SIGTERM', () => {
  server.close()
  server.closeIdleConnections()
})
