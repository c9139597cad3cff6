import { homedir } from 'node:os'
import { setTimeout as after } from 'node:timers/promises'
import { CliFailure } from '../faces/cli/failure.ts'
import { runCli } from '../faces/cli/program.ts'
import { keyboardOn } from '../faces/cli/keyboard.ts'
import type { LocalOptions, LocalVerbs, Sink, World } from '../faces/cli/world.ts'
import type { Loaded } from './config.ts'
import { ownVersion } from './version.ts'

/** The configuration as the server reads it, with what the command line says besides. */
async function loaded(environment: World['environment'], options: LocalOptions): Promise<Loaded> {
  const { ConfigError, loadConfig } = await import('./config.ts')
  const { dataDir, simulation } = options
  const variables = dataDir === undefined ? environment : { ...environment, CHANCERY_DATA_DIR: dataDir }
  try {
    return loadConfig(variables, simulation ? 'simulation' : 'normal')
  } catch (error) {
    if (error instanceof ConfigError) throw new CliFailure(2, error.message, [], error)
    throw error
  }
}

/** What works on a data directory. The server is loaded only when it is wanted: a client starts four times as fast. */
const localVerbs = (environment: World['environment']): LocalVerbs => ({
  version: ownVersion(),
  serve: async (options) => {
    const settings = await loaded(environment, options)
    const { startServer } = await import('./server.ts')
    return startServer(settings)
  },
  init: async (options) => {
    const settings = await loaded(environment, options)
    const { initDataDir } = await import('./server.ts')
    return initDataDir(settings)
  },
  ceremony: async (options) => {
    const settings = await loaded(environment, { simulation: false, dataDir: options.dataDir })
    const { holdCeremony } = await import('./ceremony/hold.ts')
    return holdCeremony(settings, options)
  },
  changeKeyPassphrase: async ({ dataDir, to }) => {
    const settings = await loaded(environment, { dataDir, simulation: false })
    const { changeKeyPassphrase } = await import('./key-passphrase.ts')
    return changeKeyPassphrase(settings, to)
  },
  perspective: async (options) => {
    const { startPerspectiveAgent } = await import('./perspective-agent.ts')
    return startPerspectiveAgent(options)
  },
  backup: async ({ target, keyTo, progress, ...options }) => {
    const { config, secrets } = await loaded(environment, options)
    const { backUp } = await import('./backup.ts')
    const passphrase = () => secrets.kmsPassphrase()
    return backUp({ dataDir: config.dataDir, target, keyTo, passphrase, progress })
  },
  restore: async ({ source, keyFile, crls, checkpoints, crlUrl, note, ...options }) => {
    const { config, secrets } = await loaded(environment, options)
    const { dataDir, publicUrl, globalRegion } = config
    const [{ restore }, { crlInFile }] = await Promise.all([
      import('./restore.ts'),
      import('./published-crls.ts'),
    ])
    const base = crlUrl === false ? undefined : (crlUrl?.replace(/\/+$/, '') ?? publicUrl)
    const files = crls.map(crlInFile)
    const done = await restore({
      source,
      dataDir,
      keyFile,
      passphrase: () => secrets.kmsPassphrase(),
      crls: files,
      checkpoints,
      publicUrl: base,
      globalRegion,
      note,
    })
    return { ...done, dataDir }
  },
  verifyAudit: async ({ files, checkpoints, publicKey, acceptRestores, ...options }) => {
    const { config } = await loaded(environment, options)
    const { trailIn, verifyAudit } = await import('./verify-audit.ts')
    const own = trailIn(config.dataDir)
    return verifyAudit({
      trail: files.length > 0 ? { files } : own.trail,
      checkpoints: checkpoints.length > 0 || files.length > 0 ? checkpoints : own.checkpoints,
      publicKey,
      acceptRestores,
    })
  },
  renew: async (options) => {
    const { renewDue } = await import('./renew/renew.ts')
    return renewDue(options, { environment, now: Date.now, random: Math.random })
  },
})

const sinkOn = (stream: NodeJS.WriteStream): Sink => ({
  write: (data) => void stream.write(data),
  isTerminal: stream.isTTY,
  get columns() {
    return stream.isTTY ? stream.columns : 80
  },
})

/** Resolves with the first signal; a second one ends the process at once, for whoever is in a hurry. */
function untilAsked(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        resolve(signal)
        process.once(signal, () => process.exit(128 + (signal === 'SIGINT' ? 2 : 15)))
      })
    }
  })
}

const world: World = {
  environment: process.env,
  directory: process.cwd(),
  home: homedir(),
  systemRoot: '/',
  stdin: keyboardOn(process.stdin, process.stderr),
  stdout: sinkOn(process.stdout),
  stderr: sinkOn(process.stderr),
  now: Date.now,
  pause: (milliseconds) => after(milliseconds),
  untilAsked,
}

// Whoever reads us may stop reading (`| head`): that is no error.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })

// Set rather than exited with: what was written to a pipe has to leave first.
process.exitCode = await runCli(process.argv.slice(2), world, localVerbs(process.env))
