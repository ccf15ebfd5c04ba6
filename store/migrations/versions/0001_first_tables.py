"""first tables"""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None


def upgrade() -> None:
    op.create_table('counter',
    sa.Column('name', sa.String(length=16), nullable=False),
    sa.Column('value', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_counter'))
    )
    op.create_table('flight',
    sa.Column('flight_n', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('device_id', sa.String(length=64), nullable=False),
    sa.Column('boot_id', sa.String(length=64), nullable=False),
    sa.Column('t_first_received_s', sa.Double(), nullable=False),
    sa.PrimaryKeyConstraint('flight_n', name=op.f('pk_flight')),
    sa.UniqueConstraint('device_id', 'boot_id', name=op.f('uq_flight_device_id_boot_id'))
    )
    op.create_table('quarantine',
    sa.Column('n', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('t_received_s', sa.Double(), nullable=False),
    sa.Column('topic', sa.Text(), nullable=False),
    sa.Column('device_id', sa.String(length=64), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('digest', sa.BigInteger(), nullable=False),
    sa.Column('payload', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('n', name=op.f('pk_quarantine')),
    comment='Messages not understood, and records whose key was taken by other contents'
    )
    with op.batch_alter_table('quarantine', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_quarantine_digest'), ['digest'], unique=False)

    op.create_table('raw',
    sa.Column('n', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('t_first_s', sa.Double(), nullable=False),
    sa.Column('t_last_s', sa.Double(), nullable=False),
    sa.Column('messages', sa.Integer(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('n', name=op.f('pk_raw')),
    comment='One batch as it arrived: zlib of msgpack [[topic, t_received_s, payload], ...]'
    )
    op.create_table('run',
    sa.Column('run_n', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('detector', sa.Text(), nullable=False),
    sa.Column('rules_json', sa.Text(), nullable=False),
    sa.Column('start_n', sa.BigInteger(), nullable=False),
    sa.Column('cursor_n', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('run_n', name=op.f('pk_run')),
    sa.UniqueConstraint('name', name=op.f('uq_run_name')),
    comment='One analysis: live, or over a past range, by one detector under one set of rules'
    )
    op.create_table('event',
    sa.Column('n', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('run_n', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=128), nullable=False),
    sa.Column('incident_id', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('t_s', sa.Double(), nullable=False),
    sa.Column('body_json', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['run_n'], ['run.run_n'], name=op.f('fk_event_run_n')),
    sa.PrimaryKeyConstraint('n', name=op.f('pk_event')),
    sa.UniqueConstraint('run_n', 'key', name=op.f('uq_event_run_n_key')),
    comment='Append-only: what the screen shows and the auditor replays'
    )
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_event_incident_id'), ['incident_id'], unique=False)

    op.create_table('fix',
    sa.Column('flight_n', sa.Integer(), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('tie', sa.BigInteger(), nullable=False),
    sa.Column('n', sa.BigInteger(), nullable=False),
    sa.Column('raw_n', sa.BigInteger(), nullable=False),
    sa.Column('digest', sa.BigInteger(), nullable=False),
    sa.Column('t_device_s', sa.Double(), nullable=False),
    sa.Column('t_received_s', sa.Double(), nullable=False),
    sa.Column('quality', sa.String(length=8), nullable=False),
    sa.Column('lat_deg', sa.Double(), nullable=True),
    sa.Column('lon_deg', sa.Double(), nullable=True),
    sa.Column('height_takeoff_m', sa.Double(), nullable=True),
    sa.Column('height_ellipsoid_m', sa.Double(), nullable=True),
    sa.Column('height_msl_m', sa.Double(), nullable=True),
    sa.Column('yaw_deg', sa.Double(), nullable=True),
    sa.Column('pitch_deg', sa.Double(), nullable=True),
    sa.Column('roll_deg', sa.Double(), nullable=True),
    sa.Column('gimbal_yaw_deg', sa.Double(), nullable=True),
    sa.Column('gimbal_pitch_deg', sa.Double(), nullable=True),
    sa.Column('gimbal_roll_deg', sa.Double(), nullable=True),
    sa.Column('camera', sa.String(length=64), nullable=True),
    sa.Column('zoom', sa.Double(), nullable=True),
    sa.Column('hfov_deg', sa.Double(), nullable=True),
    sa.ForeignKeyConstraint(['flight_n'], ['flight.flight_n'], name=op.f('fk_fix_flight_n')),
    sa.PrimaryKeyConstraint('flight_n', 'seq', 'tie', name=op.f('pk_fix')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('fix', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_fix_n'), ['n'], unique=True)

    op.create_table('frame',
    sa.Column('flight_n', sa.Integer(), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('tie', sa.BigInteger(), nullable=False),
    sa.Column('n', sa.BigInteger(), nullable=False),
    sa.Column('raw_n', sa.BigInteger(), nullable=False),
    sa.Column('digest', sa.BigInteger(), nullable=False),
    sa.Column('t_capture_s', sa.Double(), nullable=False),
    sa.Column('t_sent_s', sa.Double(), nullable=True),
    sa.Column('t_received_s', sa.Double(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('width_px', sa.Integer(), nullable=False),
    sa.Column('height_px', sa.Integer(), nullable=False),
    sa.Column('camera', sa.String(length=64), nullable=True),
    sa.Column('hfov_deg', sa.Double(), nullable=True),
    sa.Column('gimbal_yaw_deg', sa.Double(), nullable=True),
    sa.Column('gimbal_pitch_deg', sa.Double(), nullable=True),
    sa.Column('gimbal_roll_deg', sa.Double(), nullable=True),
    sa.ForeignKeyConstraint(['flight_n'], ['flight.flight_n'], name=op.f('fk_frame_flight_n')),
    sa.PrimaryKeyConstraint('flight_n', 'seq', 'tie', name=op.f('pk_frame')),
    comment='The picture itself is the blob named by sha256'
    )
    with op.batch_alter_table('frame', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_frame_n'), ['n'], unique=True)

    op.create_table('look',
    sa.Column('run_n', sa.Integer(), nullable=False),
    sa.Column('frame_n', sa.BigInteger(), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('body_json', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['run_n'], ['run.run_n'], name=op.f('fk_look_run_n')),
    sa.PrimaryKeyConstraint('run_n', 'frame_n', name=op.f('pk_look')),
    comment='What the analysis made of one frame',
    sqlite_with_rowid=False
    )
    op.create_table('note',
    sa.Column('flight_n', sa.Integer(), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('tie', sa.BigInteger(), nullable=False),
    sa.Column('n', sa.BigInteger(), nullable=False),
    sa.Column('raw_n', sa.BigInteger(), nullable=False),
    sa.Column('digest', sa.BigInteger(), nullable=False),
    sa.Column('t_device_s', sa.Double(), nullable=False),
    sa.Column('t_received_s', sa.Double(), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('body_json', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['flight_n'], ['flight.flight_n'], name=op.f('fk_note_flight_n')),
    sa.PrimaryKeyConstraint('flight_n', 'seq', 'tie', 'kind', name=op.f('pk_note')),
    comment='Home points (kind home), state changes, device events, topology'
    )
    with op.batch_alter_table('note', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_note_n'), ['n'], unique=True)

    op.execute("INSERT INTO counter (name, value) VALUES ('n', 0)")
