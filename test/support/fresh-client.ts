import { generate } from '../../scripts/generate.ts'

/** Runs once before all tests: the Prisma client is not in the repository. */
export default function setup(): void {
  generate()
}
