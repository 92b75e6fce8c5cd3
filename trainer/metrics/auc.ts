/**
 * Area under the ROC curve: the chance that a good answer's score is above a bad one's, ties counting half. A soft label
 * y counts as y of a good row and 1 - y of a bad one; no row is compared with itself.
 *
 * @param score    [n] any scale, higher means better
 * @param observed [n] in [0, 1]; rows with NaN are left out
 * @returns        in [0, 1]; NaN when all rows are of one class
 * @source         Mann & Whitney 1947
 */
export function auc(score: ArrayLike<number>, observed: ArrayLike<number>): number {
  const rows: number[] = [];
  for (let i = 0; i < score.length; i++) if (!Number.isNaN(observed[i])) rows.push(i);
  rows.sort((a, b) => score[a]! - score[b]!);
  let won = 0;
  let badBelow = 0;
  let good = 0;
  let self = 0;
  for (let start = 0; start < rows.length; ) {
    let end = start;
    let goodHere = 0;
    let badHere = 0;
    let selfHere = 0;
    while (end < rows.length && score[rows[end]!] === score[rows[start]!]) {
      const label = observed[rows[end++]!]!;
      goodHere += label;
      badHere += 1 - label;
      selfHere += label * (1 - label);
    }
    won += goodHere * badBelow + (goodHere * badHere - selfHere) / 2;
    badBelow += badHere;
    good += goodHere;
    self += selfHere;
    start = end;
  }
  return won / (good * badBelow - self);
}
