import { mkdir, unlink } from 'node:fs/promises'
import { basename } from 'node:path'
import { CliFailure, reasonOf } from '../failure.ts'
import { writeFiles } from '../files.ts'
import type { World } from '../world.ts'
import { runTool } from './host.ts'
import type { Action } from './plan.ts'

/**
 * Does what was planned, in order, up to the first failure.
 * @throws CliFailure with exit code 1 naming what failed
 */
export async function perform(world: World, actions: readonly Action[]): Promise<void> {
  for (const action of actions) await performOne(world, action)
}

async function performOne(world: World, action: Action): Promise<void> {
  switch (action.kind) {
    case 'write':
      return writeFiles([{ path: action.path, content: action.content, secret: false }], false)
    case 'remove':
      return attempt(action.path, () => unlink(action.path))
    case 'make-directory':
      return attempt(
        action.path,
        async () => void (await mkdir(action.path, { recursive: true, mode: 0o700 })),
      )
    case 'run': {
      const { program, args, input, variables } = action
      const { exitCode, stderr, stdout } = await runTool(world, program, args, input, variables)
      if (exitCode === 0) return
      // keytool explains itself on its standard output.
      const said =
        `${stderr}\n${stdout}`.split('\n').find((line) => line.trim() !== '') ?? `exit code ${exitCode}`
      throw new CliFailure(1, `${basename(program)} failed: ${said.trim()}`)
    }
  }
}

async function attempt(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    throw new CliFailure(1, `${path}: ${reasonOf(error)}`, [], error)
  }
}
