"""messages to partners"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'


def upgrade() -> None:
    op.create_table('outbox',
    sa.Column('n', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('channel', sa.String(length=64), nullable=False),
    sa.Column('key', sa.String(length=160), nullable=False),
    sa.Column('incident_id', sa.String(length=64), nullable=False),
    sa.Column('event_n', sa.BigInteger(), nullable=False),
    sa.Column('message', sa.String(length=16), nullable=False),
    sa.Column('identifier', sa.String(length=64), nullable=True),
    sa.Column('sender', sa.String(length=128), nullable=True),
    sa.Column('content_type', sa.String(length=64), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('t_planned_s', sa.Double(), nullable=False),
    sa.Column('due_s', sa.Double(), nullable=False),
    sa.Column('t_done_s', sa.Double(), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('n', name=op.f('pk_outbox')),
    sa.UniqueConstraint('channel', 'key', name=op.f('uq_outbox_channel_key')),
    comment='Messages to partners: written with the cursor that made them, kept when delivered'
    )
    op.create_index(op.f('ix_outbox_state_due_s'), 'outbox', ['state', 'due_s'], unique=False)
    op.create_table('outbox_cursor',
    sa.Column('channel', sa.String(length=64), nullable=False),
    sa.Column('event_n', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('channel', name=op.f('pk_outbox_cursor')),
    comment='Up to which event each channel has been planned'
    )
