import { Option, type Command } from 'commander'
import { createHash, createPrivateKey, sign, X509Certificate, type KeyObject } from 'node:crypto'
import { isProvable, revocationStatement } from '../../../core/domain/revocation-proofs.ts'
import { REVOCATION_REASON_NAMES, type RevocationReason } from '../../../core/domain/revocation.ts'
import { contextOf, jsonLine, type Context, type Run } from '../context.ts'
import { usage } from '../failure.ts'
import { fileGiven } from '../files.ts'
import { openingPassphrase } from '../passphrase.ts'
import { sayRevoked } from './certificate-revoke.ts'

type Options = {
  readonly certificate: string
  readonly key: string
  readonly passphraseFile?: string
  readonly reason: RevocationReason
}

/** `chancery certificate revoke-by-key`: whoever has the key may end the use of the certificate, without a token. */
export function addRevokeByKey(certificate: Command, run: Run): void {
  certificate
    .command('revoke-by-key')
    .description('revoke a certificate with its private key in place of a token')
    .requiredOption('--certificate <file>', 'the certificate, PEM or DER')
    .requiredOption('--key <file>', 'its private key, PEM; it stays here')
    .option('--passphrase-file <file>', 'file with what the key is encrypted under; - for the standard input')
    .addOption(
      new Option('--reason <reason>', 'why')
        .choices(REVOCATION_REASON_NAMES.filter(isProvable))
        .default('keyCompromise'),
    )
    .action(async (options: Options, command: Command) => revokeByKey(contextOf(run, command), options))
}

async function revokeByKey(context: Context, options: Options): Promise<void> {
  const { directory } = context.world
  const certificate = certificateIn(await fileGiven(directory, options.certificate, '--certificate'))
  const key = await keyIn(context, options)
  if (!certificate.checkPrivateKey(key)) throw usage('--key: isn’t the key of the certificate')
  const { reason } = options
  const statement = revocationStatement({
    sha256: createHash('sha256').update(certificate.raw).digest(),
    reason,
    signedAt: context.world.now(),
  })
  const hashless = !['rsa', 'rsa-pss', 'ec'].includes(key.asymmetricKeyType ?? '')
  const signature = sign(hashless ? null : 'sha256', Buffer.from(statement), key).toString('base64')
  const signedAt = /signed-at: (.*)\n/.exec(statement)?.[1] ?? ''
  const { ask } = await context.anonymously()
  const answer = await ask('revokeByProof', {
    body: { certificate: certificate.toString(), reason, signedAt, signature },
  })
  if (context.json) return context.print(jsonLine(answer.text))
  sayRevoked(context, answer.value)
}

/** @throws CliFailure with exit code 2 */
function certificateIn(octets: Buffer): X509Certificate {
  try {
    return new X509Certificate(octets)
  } catch {
    throw usage('--certificate: the file holds no certificate')
  }
}

/** @throws CliFailure with exit code 2 */
async function keyIn(context: Context, { key, passphraseFile }: Options): Promise<KeyObject> {
  const octets = await fileGiven(context.world.directory, key, '--key')
  const locked = passphraseFile !== undefined || octets.includes('ENCRYPTED')
  const passphrase = locked ? await openingPassphrase(context.world, passphraseFile) : undefined
  try {
    return createPrivateKey({ key: octets, ...(passphrase === undefined ? {} : { passphrase }) })
  } catch {
    throw usage('--key: the file holds no private key, or the passphrase is another')
  }
}
