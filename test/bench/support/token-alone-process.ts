/** Signatures a second that a token makes for nobody but this process, by the product's own calls and sessions. */
import { openToken } from '../../../src/adapters/kms/pkcs11/open-token.ts'
import { tokenOperations } from '../../../src/adapters/kms/pkcs11/token-operations.ts'
import { keyAlgorithmInfo } from '../../../src/core/domain/key-algorithms.ts'
import type { TokenAlone } from './token-alone.ts'

const ID = Buffer.from('chancery-bench-1')

async function measure({ settings, algorithm, seconds }: TokenAlone): Promise<void> {
  const { generateKeyPair, sign } = await tokenOperations(openToken(settings), settings)
  const id = Buffer.concat([ID, Buffer.from(algorithm)])
  await generateKeyPair(algorithm, id, 'bench')
  const signature = keyAlgorithmInfo(algorithm).defaultSignature
  const digest = Buffer.alloc(32, 7)
  const round = async (milliseconds: number): Promise<number> => {
    let count = 0
    const started = performance.now()
    const elapsed = (): number => performance.now() - started
    await Promise.all(
      Array.from({ length: settings.sessions }, async () => {
        for (; elapsed() < milliseconds; count++) await sign(id, signature, digest)
      }),
    )
    return (count * 1000) / elapsed()
  }
  // Compiled first, then measured.
  await round(Math.min(2000, seconds * 500))
  process.send?.(await round(seconds * 1000), () => process.exit())
}

process.once('message', (given: TokenAlone) => void measure(given))
