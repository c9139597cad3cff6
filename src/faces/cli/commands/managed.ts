import { Option, type Command } from 'commander'
import { MANAGED_KINDS, MANAGED_STATUSES } from '../../../core/domain/managed-certificates.ts'
import { REVOCATION_REASON_NAMES } from '../../../core/domain/revocation.ts'
import { contextOf, type Run } from '../context.ts'
import { days, keyAlgorithm, several, span, validationMethod, wholeNumber } from '../option-values.ts'
import { exportManagedCertificate, exportOptions, type ExportOptions } from './certificate-export.ts'
import * as change from './managed-change.ts'
import { importManaged, reimportManaged, type ImportOptions } from './managed-import.ts'
import {
  dueManaged,
  listManaged,
  showManaged,
  type ManagedListOptions,
  type ManagedShowOptions,
} from './managed-read.ts'
import { requestManaged, type RequestOptions } from './managed-request.ts'

const REFERENCE = ['<certificate>', 'id or ARN; or its first name, where one certificate has it'] as const

/** `chancery managed …`. */
export function addManaged(program: Command, run: Run): void {
  const managed = program
    .command('managed')
    .description('work with certificates that the service makes, keeps and renews')
  addRequest(managed, run)
  addReading(managed, run)
  addImports(managed, run)
  addRenewal(managed, run)
  addUse(managed, run)
  addEnds(managed, run)
}

function addRequest(managed: Command, run: Run): void {
  managed
    .command('request')
    .description('have a certificate made: by a private authority at once, or after validation')
    .argument('<domain>', 'its first name, such as www.example.com or *.example.com')
    .argument('[names...]', 'further names')
    .addOption(validationMethod())
    .option(
      '--validation-domain <name=domain>',
      'by email: ask the mailboxes of a domain above the name; may be repeated',
      several,
    )
    .option(
      '--authority <authority>',
      'which private authority issues: id, name or ARN (default: the default one)',
    )
    .option('--profile <name>', 'what it is for, from a private authority (default: tls)')
    .addOption(days('how long each version lasts (default: 395, after validation 198)'))
    .addOption(keyAlgorithm('algorithm of its key (default: EC_prime256v1)'))
    .option('--keep-key', 'keep the key when it is renewed (default: a new one each time)')
    .option('--exportable', 'let its key be exported (the default from a private authority)')
    .option('--not-exportable', 'never let its key be exported (the default after validation)')
    .option('--tag <key=value>', 'a tag; may be repeated', several)
    .option('--wait', 'wait until it is issued, or can’t be')
    .action(async (domain: string, names: string[], options: RequestOptions, command: Command) =>
      requestManaged(contextOf(run, command), domain, names, options),
    )
}

function addReading(managed: Command, run: Run): void {
  managed
    .command('list')
    .description('list them, the newest first')
    .addOption(new Option('--kind <kind>', 'only of this kind').choices(MANAGED_KINDS))
    .addOption(new Option('--status <status>', 'only with this status').choices(MANAGED_STATUSES))
    .option('--name <name>', 'only those whose first name it is')
    .option('--used', 'only what something uses')
    .option('--unused', 'only what nothing uses')
    .option('--expires-within <span>', 'only what ends before this is over: 12h, 30d, 2w, 1y', span)
    .action(async (options: ManagedListOptions, command: Command) =>
      listManaged(contextOf(run, command), options),
    )
  managed
    .command('show')
    .description('show what one is, when it ends and what to do next, or print it')
    .argument(...REFERENCE)
    .option('--pem', 'print just the certificate')
    .option('--chain', 'print the certificate and its issuers without the root, as a TLS server sends it')
    .option('--versions', 'list all certificates that it has had')
    .option('--evidence', 'show what validation and CAA checks asked, and what was answered')
    .action(async (reference: string, options: ManagedShowOptions, command: Command) =>
      showManaged(contextOf(run, command), reference, options),
    )
  managed
    .command('due')
    .description('list what would be validated or renewed by itself, and why')
    .option('--days <number>', 'look so many days ahead', wholeNumber(0, 400), 0)
    .action(async (options: { days: number }, command: Command) =>
      dueManaged(contextOf(run, command), options),
    )
}

const PASSPHRASE = [
  '--passphrase-file <file>',
  'file whose one line is the key’s passphrase (-: standard input)',
] as const
const FILES = ['<files...>', 'certificate, its issuers and its private key, in one file or several'] as const

function addImports(managed: Command, run: Run): void {
  managed
    .command('import')
    .description('take in a certificate that somebody else issued, with its key')
    .argument(...FILES)
    .option(...PASSPHRASE)
    .option('--tag <key=value>', 'a tag; may be repeated', several)
    .action(async (files: string[], options: ImportOptions, command: Command) =>
      importManaged(contextOf(run, command), files, options),
    )
  managed
    .command('reimport')
    .description('put another certificate in place of an imported one, under the same ARN')
    .argument(...REFERENCE)
    .argument(...FILES)
    .option(...PASSPHRASE)
    .action(async (reference: string, files: string[], options: ImportOptions, command: Command) =>
      reimportManaged(contextOf(run, command), reference, files, options),
    )
}

function addRenewal(managed: Command, run: Run): void {
  const wait = ['--wait', 'wait until it is issued, or can’t be'] as const
  managed
    .command('renew')
    .description('renew one now, without waiting for the time to come')
    .argument(...REFERENCE)
    .option(...wait)
    .action(async (reference: string, options: { wait?: true }, command: Command) =>
      change.renewManaged(contextOf(run, command), reference, options),
    )
  managed
    .command('validate')
    .description('have its names looked at now, and issue if control over all is proved')
    .argument(...REFERENCE)
    .option(...wait)
    .action(async (reference: string, options: { wait?: true }, command: Command) =>
      change.validateManaged(contextOf(run, command), reference, options),
    )
  managed
    .command('resend')
    .description('ask for approval by e-mail again')
    .argument(...REFERENCE)
    .argument('<name>', 'one of its names')
    .option('--validation-domain <domain>', 'ask the mailboxes of this domain, that name or one above it')
    .action(
      async (reference: string, name: string, options: { validationDomain?: string }, command: Command) =>
        change.resendManaged(contextOf(run, command), reference, name, options),
    )
}

function addUse(managed: Command, run: Run): void {
  exportOptions(
    managed
      .command('export')
      .description(
        'write it with its chain and its private key to a file; from then on it is renewed by itself',
      )
      .argument(...REFERENCE),
  ).action(async (reference: string, options: ExportOptions, command: Command) =>
    exportManagedCertificate(contextOf(run, command), reference, options),
  )
  managed
    .command('associate')
    .description('record that a resource uses it; from then on it is renewed by itself')
    .argument(...REFERENCE)
    .argument('<resource-arn>', 'ARN of what uses it')
    .action(async (reference: string, arn: string, _options: object, command: Command) =>
      change.associateManaged(contextOf(run, command), reference, arn),
    )
  managed
    .command('dissociate')
    .description('record that a resource uses it no more')
    .argument(...REFERENCE)
    .argument('<resource-arn>', 'ARN of what used it')
    .action(async (reference: string, arn: string, _options: object, command: Command) =>
      change.dissociateManaged(contextOf(run, command), reference, arn),
    )
  managed
    .command('tag')
    .description('put these tags in place of those there are')
    .argument(...REFERENCE)
    .argument('[tags...]', 'key=value each')
    .option('--none', 'take all tags away')
    .action(async (reference: string, tags: string[], options: { none?: true }, command: Command) =>
      change.tagManaged(contextOf(run, command), reference, tags, options),
    )
}

function addEnds(managed: Command, run: Run): void {
  managed
    .command('revoke')
    .description('revoke the certificate that stands for good; in force when the command returns')
    .argument(...REFERENCE)
    .addOption(new Option('--reason <reason>', 'why').choices(REVOCATION_REASON_NAMES).default('unspecified'))
    .action(
      async (reference: string, options: Parameters<typeof change.revokeManaged>[2], command: Command) =>
        change.revokeManaged(contextOf(run, command), reference, options),
    )
  managed
    .command('delete')
    .description('delete one that nothing uses; what it issued stays valid')
    .argument(...REFERENCE)
    .action(async (reference: string, _options: object, command: Command) =>
      change.deleteManaged(contextOf(run, command), reference),
    )
}
