// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// panels.js - everything around the canvas: connection, latency, players, news, and the notice when it is over.

const STATUS = {
  connecting: ['connecting', 'wait'],
  settling: ['resuming', 'wait'],
  joining: ['resuming', 'wait'],
  open: ['connected', 'good'],
  waiting: ['connection lost, trying again', 'wait'],
  ended: ['ended', 'bad'],
};
const ENDINGS = {
  4501: ['The ticket is used up', 'Start ./ops/quickstart again, or make a ticket, and open the address that it prints.'],
  4504: ['This world is not there', 'It was removed, or its name is another one.'],
  4509: ['You play somewhere else now', 'The same player has connected in another window.'],
  4510: ['This world is over', 'What its owner kept here was destroyed.'],
};
const NEWS_MS = 6000;
const NEWS_MAX = 3;
const HUD_MS = 250; // figures that change faster cannot be read

const find = (id) => document.getElementById(id);
const setText = (element, text) => {
  if (element.textContent !== text) {
    element.textContent = text;
  }
};
export const shortName = (player) => player.slice(-4);

export class Panels {
  #shownAt = -HUD_MS;

  showStatus(status) {
    const [text, mood] = STATUS[status];
    setText(find('status'), text);
    find('chip-status').dataset.mood = mood;
  }

  showWorld(session, world) {
    const now = performance.now();
    if (now - this.#shownAt < HUD_MS) {
      return;
    }
    this.#shownAt = now;
    setText(find('world-name'), session.name);
    setText(find('frame'), String(world.frame));
    setText(find('latency'), Number.isNaN(session.latencyMs) ? '–' : `${Math.round(session.latencyMs)} ms`);
  }

  showPlayers({ player, attached }, own) {
    const lines = player.map((id, row) => {
      const line = document.createElement('li');
      line.textContent = id === own ? `you (${shortName(id)})` : `player ${shortName(id)}${attached[row] ? '' : ', away'}`;
      line.classList.toggle('own', id === own);
      line.classList.toggle('away', !attached[row]);
      return line;
    });
    find('players').replaceChildren(...lines);
    setText(find('player-count'), String(player.length));
  }

  // An event of the world.
  tell({ type, player }, own) {
    const words = { PlayerJoined: 'joined', PlayerLeft: 'left' }[type];
    if (words === undefined || player === undefined) {
      return;
    }
    const line = document.createElement('li');
    line.textContent = player === own ? `you ${words}` : `player ${shortName(player)} ${words}`;
    find('news').append(line);
    while (find('news').children.length > NEWS_MAX) {
      find('news').firstChild.remove();
    }
    setTimeout(() => line.remove(), NEWS_MS);
  }

  showEnd({ code, reason }, mayComeBack) {
    const [title, text] = ENDINGS[code] ?? ['The game is over', reason || `Close code ${code}.`];
    this.showNotice(title, text, mayComeBack ? 'Play here' : 'Try again', () => location.reload());
  }

  showNotice(title, text, button, run) {
    setText(find('notice-title'), title);
    setText(find('notice-text'), text);
    setText(find('notice-button'), button);
    find('notice-button').onclick = run;
    if (!find('notice').open) {
      find('notice').showModal();
    }
  }
}
