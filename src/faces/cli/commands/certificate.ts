import { Argument, Option, type Command } from 'commander'
import { CERTIFICATE_STATUSES } from '../../../core/domain/certificates.ts'
import { REVOCATION_REASON_NAMES } from '../../../core/domain/revocation.ts'
import { contextOf, type Run } from '../context.ts'
import { days, keyAlgorithm, signatureAlgorithm, span, wholeNumber } from '../option-values.ts'
import { addCertificateArchive } from './certificate-archive.ts'
import { exportCertificate, exportOptions, type ExportOptions } from './certificate-export.ts'
import { issue } from './certificate-issue.ts'
import type { IssueOptions } from './certificate-order.ts'
import { list, type ListOptions } from './certificate-list.ts'
import { addRevokeByKey } from './certificate-revoke-by-key.ts'
import { liftHold, revoke } from './certificate-revoke.ts'
import { show, type ShowOptions } from './certificate-show.ts'

const REFERENCE = 'id, ARN or serial number'

/** `chancery certificate issue|archive|list|show|revoke|revoke-by-key|lift-hold|export`. */
export function addCertificate(program: Command, run: Run): void {
  const certificate = program.command('certificate').description('work with certificates')
  addIssue(certificate, run)
  addCertificateArchive(certificate, run)
  certificate
    .command('list')
    .description('search certificates, the newest first')
    .option('--name <name>', 'a name it carries; with a leading dot, every name below that domain')
    .option('--serial <serial>', 'its serial number in any common spelling')
    .option('--authority <authority>', 'its issuer: id, name or ARN')
    .addOption(new Option('--status <status>', 'its status now').choices(CERTIFICATE_STATUSES))
    .option('--expires-within <span>', 'still valid, but not longer than this: 12h, 30d, 2w, 1y', span)
    .option('--limit <number>', 'most certificates to show', wholeNumber(1, 1000), 100)
    .option('--all', 'show all there are; with --json a line each')
    .action(async (options: ListOptions, command: Command) => list(contextOf(run, command), options))
  certificate
    .command('show')
    .description('show a certificate, or print it')
    .argument('<certificate>', REFERENCE)
    .option('--pem', 'print just the certificate')
    .option('--chain', 'print the certificate and its issuers without the root, as a TLS server sends it')
    .option('--text', 'print what is in the certificate itself')
    .action(async (reference: string, options: ShowOptions, command: Command) =>
      show(contextOf(run, command), reference, options),
    )
  certificate
    .command('revoke')
    .description('revoke a certificate for good; in force when the command returns')
    .argument('<certificate>', REFERENCE)
    .addOption(new Option('--reason <reason>', 'why').choices(REVOCATION_REASON_NAMES).default('unspecified'))
    .option('--no-wait', 'return before the CRL is out that says so')
    .action(async (reference: string, options: Parameters<typeof revoke>[2], command: Command) =>
      revoke(contextOf(run, command), reference, options),
    )
  addRevokeByKey(certificate, run)
  certificate
    .command('lift-hold')
    .description('take a certificate off hold; nothing else that was revoked becomes valid again')
    .argument('<certificate>', REFERENCE)
    .option('--no-wait', 'return before the CRL is out that says so')
    .action(async (reference: string, options: { wait: boolean }, command: Command) =>
      liftHold(contextOf(run, command), reference, options),
    )
  exportOptions(
    certificate
      .command('export')
      .description(
        'write a certificate with its chain and its private key to a file; a key only where the service made it',
      )
      .argument('<certificate>', REFERENCE),
  ).action(async (reference: string, options: ExportOptions, command: Command) =>
    exportCertificate(contextOf(run, command), reference, options),
  )
}

function addIssue(certificate: Command, run: Run): void {
  certificate
    .command('issue')
    .description('issue a certificate: for the key of a CSR, or for a new one')
    .addArgument(
      new Argument(
        '[names...]',
        'DNS names, IP addresses, e-mail addresses and URIs; the first names the files',
      ),
    )
    .option(
      '--csr <file>',
      'certification request, PEM or DER (-: standard input); its key stays where it is',
    )
    .option('--authority <authority>', 'who issues: id, name or ARN (default: the default authority)')
    .option(
      '--profile <name>',
      'what it is for: tls-server (default), tls-client, tls, email, code-signing, or your own',
    )
    .option('--template <name>', 'in place of --profile: a template of AWS Private CA; with --csr only')
    .option('--passthrough <file>', 'with --template: JSON file with what goes through it')
    .addOption(signatureAlgorithm('how to sign it (default: the authority’s usual way)'))
    .addOption(days('how long it lasts'))
    .addOption(keyAlgorithm('algorithm of the new key (default: EC_prime256v1)'))
    .option('--out-dir <directory>', 'put NAME.pem and NAME-key.pem there (default: here)')
    .option('--cert <file>', 'put the certificate alone there')
    .option('--chain <file>', 'put the certificate and its issuers there, as a TLS server sends it')
    .option('--key <file>', 'put the private key there, mode 0600')
    .option('--names-file <file>', 'issue many: a line each, names separated by blanks (-: standard input)')
    .option('--force', 'replace files that exist')
    .action(async (names: string[], options: IssueOptions, command: Command) =>
      issue(contextOf(run, command), names, options),
    )
}
