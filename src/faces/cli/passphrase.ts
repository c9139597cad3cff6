import { usage } from './failure.ts'
import { fileGiven } from './files.ts'
import type { World } from './world.ts'

/** Shorter ones are refused by the server; said here before anybody types one twice. */
const LEAST = 12

/**
 * A passphrase from a file (`-`: the standard input), else typed twice without being shown. Never an argument: other
 * users see those in the list of processes.
 * @throws CliFailure with exit code 2
 */
export async function passphraseFor(world: World, file: string | undefined): Promise<string> {
  const given = file === undefined ? await typed(world) : await fromFile(world, file)
  if (Array.from(given).length >= LEAST) return given
  throw usage(`the passphrase is too short: at least ${LEAST} characters are needed`)
}

/**
 * The passphrase that something was encrypted under, whatever its length, from a file or typed once.
 * @throws CliFailure with exit code 2
 */
export async function openingPassphrase(world: World, file: string | undefined): Promise<string> {
  if (file !== undefined) return fromFile(world, file)
  if (!world.stdin.isTerminal || !world.stderr.isTerminal) throw nobodyToType()
  return ask(world, 'Passphrase of the key: ')
}

const nobodyToType = () =>
  usage(
    'a passphrase is needed',
    'Name a file that holds it: --passphrase-file FILE, or - for the standard input.',
  )

async function fromFile(world: World, file: string): Promise<string> {
  const bytes =
    file === '-' ? await world.stdin.readAll() : await fileGiven(world.directory, file, '--passphrase-file')
  // One line: editors end files with a line end that nobody means.
  const [first = '', ...more] = Buffer.from(bytes)
    .toString('utf8')
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
  if (more.length === 0) return first
  throw usage('--passphrase-file: one line is expected, the passphrase')
}

async function typed(world: World): Promise<string> {
  if (!world.stdin.isTerminal || !world.stderr.isTerminal) throw nobodyToType()
  const first = await ask(world, `Passphrase (at least ${LEAST} characters): `)
  if (Array.from(first).length < LEAST) return first
  if ((await ask(world, 'Once more: ')) !== first) throw usage('the two passphrases differ')
  return first
}

async function ask(world: World, question: string): Promise<string> {
  const answer = await world.stdin.readLine(question, false)
  if (answer === undefined) throw usage('no passphrase was given')
  return answer
}

/**
 * Whether the person agrees; without a terminal nobody can.
 * @throws CliFailure with exit code 2 when there is nobody to ask
 */
export async function agreed(world: World, question: string): Promise<boolean> {
  if (!world.stdin.isTerminal || !world.stderr.isTerminal)
    throw usage('nobody is here to confirm this', 'Say --yes to do it without being asked.')
  const answer = await world.stdin.readLine(`${question} [y/N] `, true)
  return /^y(es)?$/i.test(answer?.trim() ?? '')
}
