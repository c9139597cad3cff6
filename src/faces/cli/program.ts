import { Command } from 'commander'
import { addAccount, addToken } from './commands/access.ts'
import { addApply } from './commands/apply.ts'
import { addAudit } from './commands/audit.ts'
import { addAuthority } from './commands/authority.ts'
import { addCeremony } from './commands/ceremony.ts'
import { addBackup } from './commands/backup.ts'
import { addCertificate } from './commands/certificate.ts'
import { addCompletion } from './commands/completion.ts'
import { addWebhook } from './commands/webhook.ts'
import { addEvent } from './commands/event.ts'
import { addDns } from './commands/dns.ts'
import { addCertificateMapping, addIdentityProvider } from './commands/federation.ts'
import { addKms } from './commands/kms.ts'
import { addKey } from './commands/key.ts'
import { addLocalVerbs } from './commands/serve.ts'
import { addManaged } from './commands/managed.ts'
import { addMail } from './commands/mail.ts'
import { addPerspective } from './commands/perspective.ts'
import { addRenew } from './commands/renew.ts'
import { addBucket } from './commands/bucket.ts'
import { addProfile } from './commands/profile.ts'
import { addAccess } from './commands/simulated-access.ts'
import { addShare } from './commands/share.ts'
import { addStack } from './commands/stack.ts'
import { addStatus } from './commands/status.ts'
import { addTrust } from './commands/trust.ts'
import { addAccessKey, addWhoami } from './commands/access-key.ts'
import { addOrganization } from './commands/organization.ts'
import { addPolicy } from './commands/policy.ts'
import { addRole } from './commands/role.ts'
import { addGroup, addUser } from './commands/user.ts'
import { DEFAULT_URL } from './connection.ts'
import type { Run } from './context.ts'
import { exitCodesText, type ExitCode } from './exit-codes.ts'
import { failureOf, printFailure } from './report-failure.ts'
import type { LocalVerbs, World } from './world.ts'

const ENVIRONMENT = `Environment:
  CHANCERY_URL       the server, as --url
  CHANCERY_TOKEN     the token to act with
  CHANCERY_CA        as --ca
  CHANCERY_DATA_DIR  as --data-dir
  NO_COLOR           no colours, when set to anything`

/** The whole command line; parsing it runs a command. */
export function createProgram(run: Run, verbs: LocalVerbs): Command {
  const { world } = run
  const program = new Command('chancery')
  // Before the commands are added: they take it over.
  program
    .exitOverride()
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      writeErr: (text) => world.stderr.write(text),
      getOutHelpWidth: () => world.stdout.columns,
      getErrHelpWidth: () => world.stderr.columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showSuggestionAfterError()
  program
    .description('A private certificate authority: the server, and the commands to work with it.')
    .version(verbs.version, '-V, --version', 'print the version')
    .option('--url <url>', `the server (default: ${DEFAULT_URL})`)
    .option('--token-file <file>', 'file that holds the token (default: admin-token in the data directory)')
    .option(
      '--ca <file>',
      'authority of the server’s TLS certificate (default: listener-ca.pem in the data directory)',
    )
    .option('--data-dir <dir>', 'data directory of a server on this machine (default: ./data)')
    .option('--region <region>', 'region to act in (default: the server’s global region)')
    .option('--json', 'print exactly what the API answers, and no remarks')
    .addHelpText('after', `\n${ENVIRONMENT}\n\n${exitCodesText()}`)
  addLocalVerbs(program, run, verbs)
  addCeremony(program, run, verbs)
  addBackup(program, run, verbs)
  addPerspective(program, run, verbs)
  addStatus(program, run, verbs.version)
  addAccess(program, run)
  addAuthority(program, run)
  addCertificate(program, run)
  addManaged(program, run)
  addApply(program, run)
  addStack(program, run)
  addKey(program, run)
  addBucket(program, run)
  addProfile(program, run)
  addShare(program, run)
  addEvent(program, run)
  addMail(program, run)
  addWebhook(program, run)
  addRenew(program, run, verbs)
  addToken(program, run)
  addAccount(program, run)
  addUser(program, run)
  addGroup(program, run)
  addRole(program, run)
  addPolicy(program, run)
  addAccessKey(program, run)
  addWhoami(program, run)
  addOrganization(program, run)
  addIdentityProvider(program, run)
  addCertificateMapping(program, run)
  addKms(program, run, verbs)
  addAudit(program, run, verbs)
  addTrust(program, run)
  addDns(program, run)
  addCompletion(program, run)
  return program
}

/**
 * Runs one command line to its end.
 * @param argv the arguments after the program's name
 * @returns the exit code; every failure has been printed, none is thrown
 */
export async function runCli(argv: readonly string[], world: World, verbs: LocalVerbs): Promise<ExitCode> {
  const run: Run = { world, connection: undefined }
  try {
    await createProgram(run, verbs).parseAsync([...argv], { from: 'user' })
    return 0
  } catch (error) {
    const failure = failureOf(error, run.connection?.url)
    if (failure === undefined) return 0
    printFailure(world, failure)
    return failure.exitCode
  } finally {
    run.connection?.close()
  }
}
