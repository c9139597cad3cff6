import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import type { World } from '../world.ts'

export type ToolRun = { readonly exitCode: number; readonly stdout: string; readonly stderr: string }

const TIMEOUT = 60_000
const MAX_OUTPUT = 32 * 1024 * 1024

/** The package that brings a tool, by family of distribution. */
const PACKAGES: Readonly<Record<string, string>> = {
  certutil: 'libnss3-tools (Debian, Ubuntu) or nss-tools (Fedora, RHEL)',
  keytool: 'default-jre-headless (Debian, Ubuntu) or java-latest-openjdk-headless (Fedora, RHEL)',
  'update-ca-certificates': 'ca-certificates',
  'update-ca-trust': 'ca-certificates',
}

/** What to say when a tool is missing. */
export const missingTool = (tool: string): string =>
  `${tool} is not installed; it is in the package ${PACKAGES[tool] ?? tool}`

/** Where a program is, on the PATH or where administrators' programs are; undefined when it isn't. */
export async function findTool(world: Pick<World, 'environment'>, tool: string): Promise<string | undefined> {
  const directories = [...(world.environment['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  for (const directory of directories) {
    // A relative entry would run what lies in the directory one happens to be in.
    if (!isAbsolute(directory)) continue
    const path = join(directory, tool)
    if ((await isFile(path)) && (await may(path, constants.X_OK))) return path
  }
  return undefined
}

export const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (it) => it.isFile(),
    () => false,
  )
export const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    (it) => it.isDirectory(),
    () => false,
  )
export const isWritable = (path: string): Promise<boolean> => may(path, constants.W_OK)

const may = (path: string, mode: number): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  )

/**
 * Runs a program to its end: no shell, each argument as it is, plain English, and no terminal to ask on.
 * @param input what it reads from its standard input
 */
export function runTool(
  world: Pick<World, 'environment' | 'home'>,
  program: string,
  args: readonly string[],
  input = '',
  variables: Readonly<Record<string, string>> = {},
): Promise<ToolRun> {
  return new Promise((resolve) => {
    const env = { PATH: world.environment['PATH'] ?? '', HOME: world.home, LC_ALL: 'C', ...variables }
    const child = execFile(
      program,
      args,
      { env, timeout: TIMEOUT, maxBuffer: MAX_OUTPUT },
      (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
        resolve({ exitCode, stdout, stderr: stderr === '' && error !== null ? error.message : stderr })
      },
    )
    // A program that ends without reading breaks the pipe; its exit code says the rest.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}
