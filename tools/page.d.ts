// For `make check-page` alone: which element an id or an event belongs to, TypeScript cannot know.
// What it is to find are wrong names, wrong imports, wrong numbers of arguments.

interface Element {
  dataset: DOMStringMap;
  onclick: any;
  style: any;
  focus(options?: any): void;
}
interface EventTarget extends Partial<Pick<HTMLElement, "tagName" | "closest">> {
  files?: any;
  value?: any;
}
interface HTMLElement {
  map?: any;
  placeholder?: string;
  value?: any;
  close?(): void;
  showModal?(): void;
}
declare module "*/maplibre-gl.mjs";
