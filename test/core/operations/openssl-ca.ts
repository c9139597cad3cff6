import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runTool } from '../../support/tools.ts'

/** An authority that `openssl ca` keeps: key, certificate, `index.txt`, `newcerts`, `crlnumber`. */
export type OpensslCa = {
  readonly directory: string
  /** Of the directory. */
  path(name: string): string
  read(name: string): string
  openssl(...args: string[]): string
  /** Issues a leaf for a DNS name; its serial, as in index.txt. */
  issue(name: string, days?: number): string
  revoke(serial: string, reason: string): void
  /** A CRL as PEM, with the next number. */
  crl(): string
  [Symbol.dispose](): void
}

const CONFIG = `
[ca]
default_ca = here
[here]
dir = .
database = ./index.txt
new_certs_dir = ./newcerts
serial = ./serial
crlnumber = ./crlnumber
certificate = ./ca.pem
private_key = ./ca.key
default_md = sha256
default_crl_days = 30
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = optional
organizationName = optional
[req]
distinguished_name = dn
prompt = no
[dn]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[sub]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[leaf]
basicConstraints = CA:FALSE
keyUsage = digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
crlDistributionPoints = URI:http://old.example.com/ca.crl
`

/** A root made by openssl, with an empty database. @param keyArguments of `genpkey` */
export function opensslCa(
  keyArguments: readonly string[] = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  subject = '/O=Old/CN=Old Root',
): OpensslCa {
  const directory = mkdtempSync(join(tmpdir(), 'openssl-ca-'))
  const path = (name: string): string => join(directory, name)
  const openssl = (...args: string[]): string => {
    const { status, stdout, stderr } = runTool('sh', [
      '-c',
      `cd "$0" && exec openssl "$@"`,
      directory,
      ...args,
    ])
    if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${stderr}`)
    return stdout
  }
  mkdirSync(path('newcerts'))
  for (const [name, content] of [
    ['openssl.cnf', CONFIG],
    ['index.txt', ''],
    ['serial', '1000\n'],
    ['crlnumber', '2a\n'],
  ] as const)
    writeFileSync(path(name), content)
  openssl('genpkey', ...keyArguments, '-out', 'ca.key')
  const root = ['-config', 'openssl.cnf', '-extensions', 'root', '-key', 'ca.key', '-subj', subject]
  openssl('req', '-x509', '-new', ...root, '-days', '3650', '-out', 'ca.pem')
  return {
    directory,
    path,
    read: (name) => readFileSync(path(name), 'utf8'),
    openssl,
    issue: (name, days = 365) => {
      const serial = readFileSync(path('serial'), 'utf8').trim()
      openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', `${serial}.key`)
      const san = ['-addext', `subjectAltName=DNS:${name}`]
      openssl(
        'req',
        '-new',
        '-config',
        'openssl.cnf',
        '-key',
        `${serial}.key`,
        '-subj',
        `/CN=${name}`,
        ...san,
        '-out',
        `${serial}.csr`,
      )
      openssl(
        'ca',
        '-batch',
        '-config',
        'openssl.cnf',
        '-extensions',
        'leaf',
        '-days',
        String(days),
        '-notext',
        '-in',
        `${serial}.csr`,
        '-out',
        `${serial}.pem`,
      )
      return serial
    },
    revoke: (serial, reason) =>
      void openssl(
        'ca',
        '-config',
        'openssl.cnf',
        '-revoke',
        `newcerts/${serial}.pem`,
        '-crl_reason',
        reason,
      ),
    crl: () => {
      openssl('ca', '-gencrl', '-config', 'openssl.cnf', '-out', 'old.crl')
      return readFileSync(path('old.crl'), 'utf8')
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  }
}
