import { join } from 'node:path'
import type { Command } from 'commander'
import { coloured, styled } from '../style.ts'
import type { GlobalOptions } from '../connection.ts'
import type { Run } from '../context.ts'
import type { LocalVerbs, Served, Sink, World } from '../world.ts'

/** `chancery serve`, `demo` and `init`: what works on the data directory of this machine. */
export function addLocalVerbs(program: Command, run: Run, verbs: LocalVerbs): void {
  program
    .command('serve')
    .description(
      'run the server until it is asked to stop (SIGTERM, SIGINT); settings are CHANCERY_* variables',
    )
    .option(
      '--simulation',
      'with simulators and a settable calendar; fixed for a data directory at first start',
    )
    .action(async (options: { simulation?: true }, command: Command) =>
      serve(run.world, verbs, options.simulation === true, command.optsWithGlobals<GlobalOptions>().dataDir),
    )
  program
    .command('demo')
    .description('the same as serve --simulation, in a data directory of its own: ./demo-data')
    .action(async (_options: object, command: Command) => {
      const { dataDir } = command.optsWithGlobals<GlobalOptions>()
      const fallback = run.world.environment['CHANCERY_DATA_DIR'] === undefined ? 'demo-data' : undefined
      await serve(run.world, verbs, true, dataDir ?? fallback)
    })
  program
    .command('init')
    .description('do the work of a first start (keys, database, authorities, first token) without listening')
    .option('--simulation', 'make a data directory for simulation')
    .action(async (options: { simulation?: true }, command: Command) => {
      const { dataDir } = command.optsWithGlobals<GlobalOptions>()
      const simulation = options.simulation === true
      const made = await verbs.init({ simulation, dataDir })
      const sink = peopleSink(run.world)
      sink.write(`The data directory ${made.dataDir} is ready.\n`)
      sayToken(run.world, sink, made.newAdminToken)
      sink.write(
        `Start the server: chancery serve${simulation ? ' --simulation' : ''} --data-dir ${made.dataDir}\n`,
      )
    })
}

/** On a terminal people read the standard output; elsewhere it is the log, a JSON document a line. */
const peopleSink = ({ stdout, stderr }: World): Sink => (stdout.isTerminal ? stdout : stderr)

async function serve(
  world: World,
  verbs: LocalVerbs,
  simulation: boolean,
  dataDir: string | undefined,
): Promise<void> {
  // Asked for first: a signal during a slow start must not leave half a server.
  const asked = world.untilAsked()
  const server = await verbs.serve({ simulation, dataDir })
  const sink = peopleSink(world)
  sink.write(greeting(world, sink, server))
  sayToken(world, sink, server.newAdminToken)
  const signal = await asked
  sink.write(`${signal}: letting requests finish, then stopping.\n`)
  await server.stop()
}

function greeting(world: World, sink: Sink, server: Served): string {
  const { apiUrl, repositoryUrl, privately, dnsAddress, dataDir, listenerCaFile, warnings } = server
  const on = coloured(world, sink)
  const bold = (text: string): string => styled(on, 'bold', text)
  const lines = [
    `API                 ${bold(apiUrl)}`,
    ...Object.entries(privately).map(([name, at]) => `API, as ${name.padEnd(11)} ${at}`),
    `API documentation   ${apiUrl}/docs`,
    `Public repository   ${repositoryUrl}`,
    ...(dnsAddress === undefined ? [] : [`Simulated DNS       ${dnsAddress}, over UDP and TCP`]),
    `Data directory      ${dataDir}`,
    ...(listenerCaFile === undefined ? [] : [`CA of the API       ${listenerCaFile}`]),
    ...warnings.map((warning) => `${styled(on, 'yellow', 'warning:')} ${warning}`),
    '',
    'Next, in another terminal:',
    `  chancery status --url ${apiUrl} --data-dir ${dataDir}`,
    `  chancery certificate issue www.example.com --url ${apiUrl} --data-dir ${dataDir}`,
    ...(listenerCaFile === undefined
      ? []
      : [
          `  curl --cacert ${listenerCaFile} -H "Authorization: Bearer $(cat ${join(dataDir, 'admin-token')})" ${apiUrl}/v1/installation`,
        ]),
    '',
  ]
  return `${lines.join('\n')}\n`
}

/** The path to everybody; the secret only to a person's terminal, since logs are kept and shipped. */
function sayToken(world: World, sink: Sink, token: Served['newAdminToken']): void {
  if (token === undefined) return
  if (token.file === undefined)
    return sink.write('The administrator’s token is the one that was configured.\n')
  sink.write(`The administrator’s token is in ${token.file} (mode 0600).\n`)
  if (world.stdout.isTerminal) sink.write(`It is: ${token.secret}\n`)
}
