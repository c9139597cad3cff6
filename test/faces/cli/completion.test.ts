import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../../../src/faces/cli/program.ts'
import { aWorld, noVerbs, temporaryDirectory } from './a-world.ts'

async function script(shell: string): Promise<string> {
  const world = aWorld()
  expect(await runCli(['completion', shell], world, noVerbs)).toBe(0)
  return world.stdout.text()
}

describe('completion', () => {
  const directory = temporaryDirectory()
  const path = join(directory, 'completion.bash')
  beforeAll(async () => writeFileSync(path, await script('bash')))

  /** What bash offers for a line; the last word is the one being typed. */
  function offered(...words: string[]): string[] {
    const quoted = words.map((word) => `'${word}'`).join(' ')
    const line = `source '${path}'; COMP_WORDS=(chancery ${quoted}); COMP_CWORD=${words.length}; _chancery; printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', line], {
      cwd: directory,
      encoding: 'utf8',
    })
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
    return stdout.split('\n').filter((word) => word !== '')
  }

  test('bash takes the script', () => {
    expect(spawnSync('bash', ['-n', path], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
    const complete = spawnSync('bash', ['--norc', '-c', `source '${path}'; complete -p chancery`], {
      encoding: 'utf8',
    })
    expect(complete.stdout).toContain('_chancery')
  })

  test('commands, subcommands, options and the words they take', () => {
    expect(offered('cert')).toEqual(['certificate', 'certificate-mapping'])
    expect(offered('certificate', 're')).toEqual(['revoke', 'revoke-by-key'])
    expect(offered('certificate', 'issue', '--na')).toEqual(['--names-file'])
    expect(offered('certificate', 'issue', '--key-algorithm', 'RSA')).toEqual([
      'RSA_2048',
      'RSA_3072',
      'RSA_4096',
    ])
    expect(offered('authority', 'create', 'r')).toEqual(['root'])
    expect(offered('completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']))
    expect(offered('nothing-of-the-kind', 'issu')).toEqual([])
  })

  test('an option’s value isn’t taken for a command', () => {
    expect(offered('--url', 'authority', 'certificate', 'iss')).toEqual(['issue'])
    expect(offered('certificate', 'list', '--name', 'issue', '--expires-w')).toEqual(['--expires-within'])
    expect(offered('--url', 'cert')).toEqual([])
  })

  test('files where a file is wanted', () => {
    writeFileSync(join(directory, 'request.csr'), '')
    expect(offered('certificate', 'issue', '--csr', 'req')).toEqual(['request.csr'])
  })

  test('every command is in every shell’s script', async () => {
    const { out } = await help()
    const commands = [...out.matchAll(/^ {2}([a-z]+) /gm)]
      .map(([, name]) => name ?? '')
      .filter((it) => it !== 'help')
    expect(commands.length).toBeGreaterThan(8)
    for (const shell of ['bash', 'zsh', 'fish']) {
      const text = await script(shell)
      for (const command of commands) expect(text).toContain(command)
      expect(text).toContain('--expires-within'.slice(shell === 'fish' ? 2 : 0))
    }
  })
})

async function help(): Promise<{ out: string }> {
  const world = aWorld()
  await runCli(['--help'], world, noVerbs)
  return { out: world.stdout.text().split('Commands:')[1]?.split('Environment:')[0] ?? '' }
}
