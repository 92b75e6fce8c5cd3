/** Fields of work that a prompt may come from; first match wins. */
const FIELDS: readonly (readonly [field: string, pattern: RegExp])[] = [
  ["code", /mbpp|human_eval|crux|coding|code/],
  ["math", /math|gsm|mgsm|algebra|statistics|econometrics/],
  ["reasoning", /logicgrid|winogrande|hellaswag|commonsense|formal.logic|logical.fallacies|reasoning|gpqa/],
  ["computer_science", /computer|machine.learning|security$/],
  ["medicine", /health|medic|clinical|anatomy|nutrition|virology|aging/],
  ["biology", /biology|genetics|human.sexuality/],
  ["chemistry", /chemistry/],
  ["physics", /physics|astronomy/],
  ["engineering", /engineering/],
  ["law", /law|jurisprudence/],
  ["economics", /economics/],
  ["business", /business|management|marketing|accounting|public.relations/],
  ["psychology", /psychology/],
  ["history", /history|prehistory/],
  ["philosophy", /philosophy|moral|religions|ethics|disputes/],
  ["politics", /government|foreign.policy|security.studies|sociology|geography|global.facts/],
  ["science", /arc.challenge|openbook|stem/],
  ["writing", /commongen|writing|roleplay|humanities|abstract2title|summary|poe[tm]|riddle|homonym|zodiac/],
  ["knowledge", /trivia|natural_qa|miscellaneous|other|mmlu$|extraction|bias/],
];

/** Field of a task of the training sources, e.g. `mmlu/college_physics` -> `physics`. */
export function fieldOfTask(task: string): string {
  const name = task.toLowerCase();
  return FIELDS.find(([, pattern]) => pattern.test(name))?.[0] ?? "knowledge";
}
