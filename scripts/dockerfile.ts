/** One instruction of a Dockerfile: its keyword in capitals, the rest of its line(s) joined. */
export type Instruction = { readonly keyword: string; readonly rest: string; readonly line: number }

/** From one FROM to the next. `name` is what follows AS, otherwise the stage's number. */
export type Stage = { readonly name: string; readonly base: string; readonly steps: readonly Instruction[] }

const LINE = /^([A-Za-z]+)\s+(.*)$/s

function instructions(text: string): Instruction[] {
  const found: Instruction[] = []
  let pending = ''
  let start = 0
  for (const [index, raw] of text.split('\n').entries()) {
    if (/^\s*#/.test(raw) || (raw.trim() === '' && pending === '')) continue
    if (pending === '') start = index + 1
    pending += raw
    if (pending.endsWith('\\')) {
      pending = pending.slice(0, -1)
      continue
    }
    const match = LINE.exec(pending.trim())
    if (match === null) throw new Error(`Dockerfile:${start}: no instruction: ${pending.trim()}`)
    found.push({ keyword: (match[1] ?? '').toUpperCase(), rest: (match[2] ?? '').trim(), line: start })
    pending = ''
  }
  return found
}

/** The stages of a Dockerfile in their order. Throws when a line is no instruction or stands before the first FROM. */
export function stagesOf(text: string): Stage[] {
  const stages: { name: string; base: string; steps: Instruction[] }[] = []
  for (const instruction of instructions(text)) {
    if (instruction.keyword === 'FROM') {
      const [base = '', as, name] = instruction.rest.split(/\s+/)
      stages.push({
        name: as?.toUpperCase() === 'AS' && name !== undefined ? name : `${stages.length}`,
        base,
        steps: [],
      })
      continue
    }
    const stage = stages.at(-1)
    if (stage === undefined)
      throw new Error(`Dockerfile:${instruction.line}: ${instruction.keyword} before FROM`)
    stage.steps.push(instruction)
  }
  return stages
}
