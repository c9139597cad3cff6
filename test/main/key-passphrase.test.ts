import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createLocalKeyFile } from '../../src/adapters/kms/local-key-file-writing.ts'
import { createSystemRandom } from '../../src/adapters/system/random.ts'
import { runCli } from '../../src/faces/cli/program.ts'
import { loadConfig } from '../../src/main/config.ts'
import { changeKeyPassphrase } from '../../src/main/key-passphrase.ts'
import { aWorld, noVerbs, temporaryDirectory } from '../faces/cli/a-world.ts'

const PASSPHRASE = 'correct horse battery staple'

describe('chancery kms passphrase', { timeout: 120_000 }, () => {
  const run = async (
    words: string,
    dataDir: string,
    environment: Record<string, string>,
    typed: string[],
  ) => {
    const world = aWorld({ typed, environment, directory: dataDir })
    const verbs = {
      ...noVerbs,
      changeKeyPassphrase: ({
        dataDir: given,
        to,
      }: {
        dataDir: string | undefined
        to: string | undefined
      }) => changeKeyPassphrase(loadConfig({ ...environment, CHANCERY_DATA_DIR: given }, 'normal'), to),
    }
    const code = await runCli(['kms', 'passphrase', ...words.split(' '), '--data-dir', dataDir], world, verbs)
    return { code, err: world.stderr.text() }
  }
  const formatIn = (dataDir: string): unknown =>
    (JSON.parse(readFileSync(join(dataDir, 'kms.key'), 'utf8')) as { format: unknown }).format

  test('sets one that is typed twice, exchanges it from a file, and removes it', async () => {
    const dataDir = temporaryDirectory()
    await createLocalKeyFile(join(dataDir, 'kms.key'), createSystemRandom())
    copyFileSync(join(dataDir, 'kms.key'), join(dataDir, 'before'))
    const set = await run('set', dataDir, {}, [PASSPHRASE, PASSPHRASE])
    expect(set).toMatchObject({
      code: 0,
      err: expect.stringContaining('CHANCERY_KMS_PASSPHRASE_FILE') as string,
    })
    expect(set.err).not.toContain(PASSPHRASE)
    expect(formatIn(dataDir)).toBe('chancery-local-kek/2')
    writeFileSync(join(dataDir, 'new'), 'another horse altogether\n')
    const without = await run('set --passphrase-file new', dataDir, {}, [])
    expect(without).toMatchObject({ code: 1, err: expect.stringContaining('wants a passphrase') as string })
    const changed = await run(
      'set --passphrase-file new',
      dataDir,
      { CHANCERY_KMS_PASSPHRASE: PASSPHRASE },
      [],
    )
    expect(changed.code, changed.err).toBe(0)
    const removed = await run('remove', dataDir, { CHANCERY_KMS_PASSPHRASE_FILE: join(dataDir, 'new') }, [])
    expect(removed.code, removed.err).toBe(0)
    expect(readFileSync(join(dataDir, 'kms.key'), 'utf8')).toBe(readFileSync(join(dataDir, 'before'), 'utf8'))
  })

  test('refuses a short one, and a data directory without a key file', async () => {
    const dataDir = temporaryDirectory()
    expect(await run('set', dataDir, {}, ['short', 'short'])).toMatchObject({ code: 2 })
    const missing = await run('set', dataDir, {}, [PASSPHRASE, PASSPHRASE])
    expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('kms.key is missing') as string })
  })
})
