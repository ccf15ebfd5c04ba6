"""README.txt of a bundle: what is in it, and how to check it with no program of ours."""

from __future__ import annotations

TEXT = """\
Plumeline 证据包
================

内容
  manifest.json      清单：每个文件的名称、SHA-256、字节数和用途
  report.zh.pdf      证据报告（中文；report.zh.html 内容相同）
  report.en.pdf      证据报告（英文；report.en.html 内容相同）
  sheet.pdf          119 火情移交单（仅事件）
  frames/            原始画面，以 SHA-256 命名
  frames-coarse/     检测框以外已不可辨认的画面（导出时选择了模糊处理才有，此时没有原始画面）
  frames-marked/     画出检测框的画面
  detections.json    每张画面的检测结果、模型及其权重的 SHA-256
  events.jsonl       事件，每行与入库时完全一致
  messages.mcap      无人机发来的原始消息（MCAP，可用 Foxglove 打开）
  files/             人工上传的原始文件
  track.gpx .kml .geojson   航迹
  ledger.jsonl       账本：逐条散列链接
  checkpoints.jsonl  账本的签名检查点（Ed25519）

不用 Plumeline 的核验方法
  1. 用脚本：python3 verify_bundle.py 文件.zip --key 公钥
     脚本和公钥请取自您自己保存的副本，不要取自证据包。
  2. 手工：
     a. 每个文件的 SHA-256 应与 manifest.json 一致，且没有多余的文件。
     b. manifest.json 的 SHA-256 应写在 ledger.jsonl 中 "export" 条目里。
     c. 账本每行为 {"hash":H,"text":T}。H = SHA-256(上一行的 H || T)，T 取文件中的原样字节；
        第 1 条之前的 H 为 32 个零字节；如不从第 1 条开始，则取紧接其前的检查点中的 H。
     d. 每个检查点的签名（Ed25519）所签文本为
        plumeline checkpoint\\n站点\\ni\\nn\\nt_us\\nhash\\n；其 hash 应等于账本第 i 条的 H。
     e. events.jsonl 每行的 SHA-256 应写在账本的某一条目里；事件中画面的 sha256 即其文件名。


Plumeline evidence bundle
=========================

Contents
  manifest.json      every file: name, SHA-256, bytes, role
  report.zh.pdf      the report in Chinese (report.zh.html says the same)
  report.en.pdf      the report in English (report.en.html says the same)
  sheet.pdf          the 119 hand-over sheet (of an incident)
  frames/            original pictures, named by their SHA-256
  frames-coarse/     pictures that are unrecognisable outside of the detections, where the export
                     asked for that; there are no originals then
  frames-marked/     pictures with the detections drawn in
  detections.json    what each picture was judged to show, the model, its weights' SHA-256
  events.jsonl       events, each line exactly as it was stored
  messages.mcap      the messages as the drone sent them (MCAP, opens in Foxglove)
  files/             files that people brought
  track.gpx .kml .geojson   the track
  ledger.jsonl       the ledger, a hash chain
  checkpoints.jsonl  signed checkpoints of the ledger (Ed25519)

Checking it without Plumeline
  1. With the script: python3 verify_bundle.py FILE.zip --key KEY
     Take script and key from your own copies, not from the bundle.
  2. By hand:
     a. The SHA-256 of each file is the one in manifest.json, and there are no other files.
     b. The SHA-256 of manifest.json stands in the entry "export" of ledger.jsonl.
     c. Each line of the ledger is {"hash":H,"text":T}. H = SHA-256(H of the line before || T), T
        being the very bytes of the file; before entry 1, H is 32 zero bytes; a ledger that begins
        later goes on from the hash of the checkpoint just before it.
     d. What a checkpoint's signature (Ed25519) signs is the text
        plumeline checkpoint\\nSTATION\\ni\\nn\\nt_us\\nhash\\n, and its hash is H of entry i.
     e. The SHA-256 of each line of events.jsonl stands in an entry of the ledger; the sha256 of an
        event's picture is that file's name.
"""
