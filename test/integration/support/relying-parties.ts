import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { expect } from 'vitest'
import { run } from './run.ts'

/** What a client makes of a certificate: `unknown` is neither good nor revoked. */
export type Verdict = { readonly is: 'good' | 'revoked' | 'unknown'; readonly said: string }
/** Files of a leaf and of what is above it; PEM. */
export type Presented = {
  readonly leaf: string
  readonly issuing: string
  readonly root: string
  /** Leaf and issuing authority. */
  readonly chain: string
  /** Issuing authority and root. */
  readonly above: string
  readonly ocspUrl: string
}

const CHECKER = join(import.meta.dirname, 'java/CheckRevocation.java')

/** Verdict by the first of the patterns that what was said matches; nothing that it knows is unknown. */
function verdict(said: string, good: RegExp, revoked: RegExp): Verdict {
  if (revoked.test(said)) return { is: 'revoked', said }
  return { is: good.test(said) ? 'good' : 'unknown', said }
}

/** `openssl ocsp`, the answer's signature and its responder verified. */
export async function opensslOcsp(it: Presented, ...options: readonly string[]): Promise<Verdict> {
  const { stdout, stderr } = await run('openssl', [
    ...['ocsp', '-issuer', it.issuing, ...options, '-cert', it.leaf],
    ...['-url', it.ocspUrl, '-CAfile', it.above],
  ])
  const said = stdout + stderr
  expect(said).toContain('Response verify OK')
  expect(said).toMatch(/: (good|revoked|unknown)$/m)
  return verdict(said, /: good$/m, /: revoked$/m)
}

/** `openssl verify -crl_check_all` up to the root; `crls` are PEM. */
export async function opensslCrl(
  it: Presented,
  crls: string,
  ...options: readonly string[]
): Promise<Verdict> {
  const { stdout, stderr } = await run('openssl', [
    ...['verify', '-crl_check_all', ...options, '-CRLfile', crls],
    ...['-CAfile', it.root, '-untrusted', it.issuing, it.leaf],
  ])
  return verdict(stdout + stderr, /: OK$/m, /error 23 at 0 depth lookup: certificate revoked/)
}

/** GnuTLS's `ocsptool --ask`. */
export async function gnutlsOcsp(it: Presented): Promise<Verdict> {
  const { stdout, stderr } = await run('ocsptool', [
    ...[`--ask=${it.ocspUrl}`, '--load-cert', it.leaf, '--load-issuer', it.issuing],
    ...['--load-trust', it.above],
  ])
  const said = stdout + stderr
  expect(said).toMatch(/Verifying OCSP Response: Success/)
  return verdict(said, /Certificate Status: good/, /Certificate Status: revoked/)
}

/** GnuTLS's `certtool --verify --load-crl`; `crls` are PEM. */
export async function gnutlsCrl(it: Presented, crls: string): Promise<Verdict> {
  const { stdout, stderr } = await run('certtool', [
    ...['--verify', '--load-ca-certificate', it.root, '--load-crl', crls, '--infile', it.chain],
  ])
  return verdict(stdout + stderr, /Chain verification output: Verified/, /certificate chain is revoked/)
}

/** A data base of NSS's that trusts the root, where the tools look for that of a home directory. */
export async function nssDatabase(home: string, root: string): Promise<string> {
  const directory = join(home, '.netscape')
  mkdirSync(directory)
  const db = `sql:${directory}`
  expect((await run('certutil', ['-N', '-d', db, '--empty-password'])).status).toBe(0)
  const trust = ['-A', '-d', db, '-n', 'root', '-t', 'CT,C,C', '-a', '-i', root]
  expect((await run('certutil', trust)).status).toBe(0)
  return db
}

/**
 * NSS's `vfychain` with libpkix, which fetches what the certificate names. Asked to fail where it learns nothing, it says
 * that the certificate is revoked then, too; so it is asked once more without: what is refused both times is revoked.
 */
export async function nss(it: Presented, db: string, method: 'ocsp' | 'crl'): Promise<Verdict> {
  const ask = async (...strictly: readonly string[]): Promise<string> => {
    const { stdout, stderr } = await run('vfychain', [
      ...['-d', db, '-pp', '-u', '1', '-g', 'leaf', '-m', method, ...strictly, '-a', it.leaf, it.issuing],
    ])
    return stdout + stderr
  }
  const [strict, lenient] = [await ask('-s', 'failIfNoInfo'), await ask()]
  const said = `${strict}\nwithout failIfNoInfo: ${lenient}`
  for (const each of [strict, lenient]) expect(each).toMatch(/Chain is good!|ERROR -8180/)
  if (/ERROR -8180/.test(lenient)) return { is: 'revoked', said }
  return { is: /Chain is good!/.test(strict) ? 'good' : 'unknown', said }
}

/** NSS's `ocspclnt`, whose data base is that of the home directory whatever it is told. */
export async function nssOcsp(it: Presented, home: string): Promise<Verdict> {
  const { stdout, stderr } = await run('env', [`HOME=${home}`, 'ocspclnt', '-S', it.leaf, '-a'])
  return verdict(stdout + stderr, / succeeded\.$/m, /revoked/i)
}

/** The JDK's PKIX validator: by OCSP, by the CRL that the certificate names, or by answers that it is handed. */
export async function java(
  way: 'ocsp' | 'crl' | 'staple',
  presented: readonly Presented[],
  responses: readonly string[] = [],
): Promise<readonly Verdict[]> {
  const root = presented[0]?.root ?? ''
  const files = presented.flatMap(({ chain }, index) => [chain, ...responses.slice(index, index + 1)])
  const { status, stdout, stderr } = await run('java', [
    ...['-XX:TieredStopAtLevel=1', '-Dcom.sun.security.enableCRLDP=true', CHECKER, way, root, ...files],
  ])
  expect(status, stderr).toBe(0)
  const lines = stdout.trim().split('\n')
  expect(lines).toHaveLength(presented.length)
  return lines.map((said) => verdict(said, /^good$/, /^revoked /))
}

/** A TLS server that presents the chain, with an OCSP response to staple or without one. */
export async function servedOverTls(
  it: Presented,
  keyPem: string,
  staple?: Uint8Array,
): Promise<{ readonly port: number; close(): void }> {
  const server = createTlsServer({ key: keyPem, cert: readFileSync(it.chain) }, (socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () =>
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok'),
    )
  })
  server.on('tlsClientError', () => undefined)
  server.on('OCSPRequest', (_certificate, _issuer, answer: (error: null, der: Buffer | null) => void) =>
    answer(null, staple === undefined ? null : Buffer.from(staple)),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() }
}

/** What a server would staple: an answer without a nonce, in a file. */
export async function stapleFor(it: Presented, file: string): Promise<string> {
  const request = ['ocsp', '-issuer', it.issuing, '-cert', it.leaf, '-no_nonce', '-url', it.ocspUrl]
  expect((await run('openssl', [...request, '-noverify', '-respout', file])).status).toBe(0)
  return file
}

export type TlsClient = (it: Presented, port: number, db: string) => Promise<Verdict>

/** `openssl s_client -status` reads the staple and leaves it to its user what to make of it. */
export const opensslStapled: TlsClient = async (it, port) => {
  const address = ['-connect', `127.0.0.1:${port}`, '-CAfile', it.root, '-verify_return_error']
  const { stdout, stderr } = await run('openssl', ['s_client', '-status', ...address])
  expect(stdout + stderr).toContain('OCSP Response Status: successful')
  return verdict(stdout + stderr, /Cert Status: good/, /Cert Status: revoked/)
}

/** `gnutls-cli` verifies a staple by itself. */
export const gnutlsStapled: TlsClient = async (it, port) => {
  const { status, stdout, stderr } = await run('gnutls-cli', [
    ...['--x509cafile', it.root, '-p', String(port), '127.0.0.1'],
  ])
  const said = `${stdout}${stderr}\nstatus ${status}`
  return verdict(said, /OCSP status:[^\n]*good|Status: The certificate is trusted/i, /revoked/)
}

/** NSS's `tstclnt -F`: only with revocation information that came with the handshake; its exit code says what that is. */
export const nssStapled: TlsClient = async (_it, port, db) => {
  const { status, stdout, stderr } = await run('tstclnt', [
    ...['-h', '127.0.0.1', '-p', String(port), '-d', db, '-O', '-F', '-M', '1', '-T', '-Q'],
  ])
  return verdict(`${stdout}${stderr}\nstatus ${status}`, /status 0$/, /status 3$/)
}

const curl = async (it: Presented, port: number, options: readonly string[]): Promise<Verdict> => {
  const { status, stdout, stderr } = await run('curl', [
    ...['-sS', '--cacert', it.root, ...options, `https://127.0.0.1:${port}/`],
  ])
  return verdict(`${stdout}${stderr}\nstatus ${status}`, /^ok\nstatus 0$/, /revo/)
}
export const curlStapled: TlsClient = (it, port) => curl(it, port, ['--cert-status'])
/** `curl --crlfile`; `crls` are PEM, of every authority. */
export const curlCrl = (it: Presented, port: number, crls: string): Promise<Verdict> =>
  curl(it, port, ['--crlfile', crls])
/** As curl is without either. */
export const curlBare = (it: Presented, port: number): Promise<Verdict> => curl(it, port, [])

/** PEM in a file of its own. */
export function pemFile(directory: string, name: string, content: string): string {
  const path = join(directory, name)
  writeFileSync(path, content)
  return path
}
