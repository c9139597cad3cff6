/** The records of a CSV as RFC 4180 §2 has it, header included; written for the tests alone. @throws Error for anything else */
export function recordsOfCsv(text: string): string[][] {
  const records: string[][] = []
  let record: string[] = []
  // A field in quotes, or one without; then what ends it.
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y
  while (field.lastIndex < text.length) {
    const at = field.lastIndex
    const match = field.exec(text)
    if (match === null) throw new Error(`no CSV at ${at}: ${text.slice(at, at + 40)}`)
    record.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
    if (match[3] !== ',') {
      records.push(record)
      record = []
    }
  }
  return records
}
