import type { Command } from 'commander'
import type { GlobalOptions } from '../connection.ts'
import type { Run } from '../context.ts'
import { usage } from '../failure.ts'
import { several, wholeNumber } from '../option-values.ts'
import type { LocalVerbs } from '../world.ts'

type Options = {
  readonly listen: string
  readonly certFile?: string
  readonly keyFile?: string
  readonly resolver?: readonly string[]
  readonly httpPort: number
  readonly httpsPort: number
  readonly allowPrivate?: true
}

const port = wholeNumber(1, 65_535)

/** `chancery perspective`: an agent that looks from elsewhere for a server. */
export function addPerspective(program: Command, run: Run, verbs: LocalVerbs): void {
  program
    .command('perspective')
    .description(
      'look at DNS and web servers from this host, for a server elsewhere that names it in CHANCERY_PERSPECTIVES',
    )
    .requiredOption('--listen <address:port>', 'where to listen, such as 0.0.0.0:8444')
    .option(
      '--cert-file <file>',
      'certificate of the agent and its issuers (PEM); without one, loopback only',
    )
    .option('--key-file <file>', 'its private key (PEM)')
    .option(
      '--resolver <address:port>',
      'resolver to ask; may be given several times, tried in order (default: the machine’s own)',
      several,
    )
    .option('--http-port <port>', 'where http:// without a port leads', port, 80)
    .option('--https-port <port>', 'where https:// without a port leads', port, 443)
    .option('--allow-private', 'let web servers have loopback and private addresses')
    .addHelpText(
      'after',
      '\n--token-file (before or after the command) holds the token that the server must show.',
    )
    .action(async (options: Options, command: Command) => {
      const { resolver, allowPrivate, certFile, keyFile, ...given } = options
      const { tokenFile } = command.optsWithGlobals<GlobalOptions>()
      if (tokenFile === undefined) throw usage('--token-file must name the file with the token to be shown')
      // Asked for first: a signal during the start must not be lost.
      const asked = run.world.untilAsked()
      const agent = await verbs.perspective({
        ...given,
        tokenFile,
        certFile,
        keyFile,
        resolvers: resolver ?? [],
        privateAddresses: allowPrivate === true,
      })
      const { stderr } = run.world
      stderr.write(`The agent listens on ${agent.url}\n`)
      const signal = await asked
      stderr.write(`${signal}: letting requests finish, then stopping.\n`)
      await agent.stop()
    })
}
