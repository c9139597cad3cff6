/**
 * UTS #31 Table 5 (recommended scripts), and of Table 7 (limited use) those with a living user community online.
 * Names in historic scripts are refused: nobody needs them, and they are a stock of look-alikes.
 */
const SCRIPTS = [
  ['Latin'],
  ['Arabic'],
  ['Armenian'],
  ['Bengali'],
  ['Bopomofo'],
  ['Canadian_Aboriginal'],
  ['Cherokee'],
  ['Cyrillic'],
  ['Devanagari'],
  ['Ethiopic'],
  ['Georgian'],
  ['Greek'],
  ['Gujarati'],
  ['Gurmukhi'],
  ['Hangul'],
  ['Han'],
  ['Hebrew'],
  ['Kannada'],
  ['Khmer'],
  ['Lao'],
  ['Malayalam'],
  ['Mongolian'],
  ['Myanmar'],
  ['Oriya'],
  ['Sinhala'],
  ['Syriac'],
  ['Tamil'],
  ['Telugu'],
  ['Thaana'],
  ['Thai'],
  ['Tibetan'],
  ['Tifinagh'],
  ['Yi'],
  // UTS #39 §5.2, highly restrictive: the combinations that Japanese, Korean and Taiwanese writing need.
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Hangul'],
  ['Latin', 'Han', 'Bopomofo'],
]

const PATTERNS = SCRIPTS.map((names) => {
  const classes = names.map((name) => `\\p{scx=${name}}`).join('')
  return new RegExp(`^[${classes}\\p{scx=Common}\\p{scx=Inherited}]*$`, 'u')
})

/** Whether one script, or one of the three allowed combinations, covers a label (UTS #39 §5.1, §5.2). */
export const singleScript = (label: string): boolean => PATTERNS.some((pattern) => pattern.test(label))
