// Rings for alarms that nobody has answered, and calls when the link has long been dead. A browser
// lets no page sound before a person touches it.
//
//   openSound()          works the header's button
//   ringFor(incidents)   what rings among them decides how
//   ringForLink(dead)    whether the link has been dead for too long
//   isOn()               whether anything would be heard

import { byId } from "./dom.js";

// By severity: so many beeps, so high, again after so long.
const PATTERNS = {
  1: { beeps: 1, pitch_hz: 440, pause_ms: 4000 },
  2: { beeps: 1, pitch_hz: 587, pause_ms: 3000 },
  3: { beeps: 2, pitch_hz: 784, pause_ms: 2000 },
  4: { beeps: 3, pitch_hz: 988, pause_ms: 1300 },
};
const LINK = { beeps: 2, pitch_hz: 330, pause_ms: 5000 };
const BEEP_S = 0.16;
const GAP_S = 0.09;
const LOUD = 0.4;

let context = null;
let unlocking = false;
let muted = false;
let severity = 0;
let dead = false;
let timer = null;

export const isOn = () => context !== null && !muted;

export function openSound() {
  byId("sound").onclick = () => {
    if (unlocking) unlocking = false;
    else muted = !muted;
    play();
  };
  for (const touch of ["pointerdown", "pointerup", "keydown"]) {
    addEventListener(touch, unlock, { capture: true });
  }
  drawSound();
}

function unlock({ target }) {
  if (context?.state === "running" || navigator.userActivation?.hasBeenActive === false) return;
  if (context === null) {
    context = new AudioContext();
    unlocking = byId("sound").contains(target); // this very click, which is not to mute
  }
  context.resume().catch(() => {}); // the next touch tries again
  play();
}

// Historic pictures and exercises are for the eyes alone.
export function ringFor(list) {
  const alarms = list.filter((told) =>
    told.rings_since_s !== null && told.incident.status === "actual");
  severity = Math.max(0, ...alarms.map((told) => told.severity));
  play();
}

export function ringForLink(isDead) {
  if (isDead === dead) return;
  dead = isDead;
  play();
}

function play() {
  drawSound();
  const wanted = (severity || dead) && isOn();
  if (!wanted) {
    clearTimeout(timer);
    timer = null;
  } else if (timer === null) beep();
}

function beep() {
  const { beeps, pitch_hz: pitchHz, pause_ms: pauseMs } = PATTERNS[severity] ?? LINK;
  for (let i = 0; i < beeps; i += 1) tone(context.currentTime + i * (BEEP_S + GAP_S), pitchHz);
  timer = setTimeout(beep, pauseMs);
}

// Rises and falls over a hundredth of a second: a hard edge clicks.
function tone(startS, pitchHz) {
  const source = new OscillatorNode(context, { type: "triangle", frequency: pitchHz });
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setValueAtTime(0, startS);
  volume.gain.linearRampToValueAtTime(LOUD, startS + 0.01);
  volume.gain.setValueAtTime(LOUD, startS + BEEP_S - 0.01);
  volume.gain.linearRampToValueAtTime(0, startS + BEEP_S);
  source.connect(volume).connect(context.destination);
  source.start(startS);
  source.stop(startS + BEEP_S);
}

function drawSound() {
  const button = byId("sound");
  const state = context === null ? "locked" : muted ? "muted" : "on";
  button.className = `sound ${state}`;
  button.dataset.ringing = String(severity);
  button.setAttribute("aria-pressed", String(state === "on"));
}
