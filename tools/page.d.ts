// For `make check-page` alone: which element an id or an event belongs to, TypeScript cannot know.
// What it is to find are wrong names, wrong imports, wrong numbers of arguments.

interface Element {
  dataset: DOMStringMap;
  hash?: any;
  name?: any;
  onclick: any;
  style: any;
  focus(options?: any): void;
}
interface EventTarget extends Partial<Pick<HTMLElement, "tagName" | "closest">> {
  checked?: any;
  files?: any;
  name?: any;
  value?: any;
}
interface HTMLElement {
  checked?: any;
  disabled?: any;
  elements?: any;
  href?: any;
  map?: any;
  placeholder?: string;
  tBodies?: any;
  tFoot?: any;
  tHead?: any;
  value?: any;
  close?(): void;
  showModal?(): void;
}
interface URLSearchParams {
  append(name: string, value: any): void;
  set(name: string, value: any): void;
}
