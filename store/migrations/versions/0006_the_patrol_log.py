"""the patrol log"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'


def upgrade() -> None:
    op.create_table('patrol',
    sa.Column('flight_id', sa.String(length=129), nullable=False),
    sa.Column('device_id', sa.String(length=64), nullable=False),
    sa.Column('t0_s', sa.Double(), nullable=False),
    sa.Column('t1_s', sa.Double(), nullable=False),
    sa.Column('plan_id', sa.String(length=64), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('t_logged_s', sa.Double(), nullable=False),
    sa.Column('body_json', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('flight_id', name=op.f('pk_patrol'))
    )
    with op.batch_alter_table('patrol', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_patrol_plan_id'), ['plan_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_patrol_t0_s'), ['t0_s'], unique=False)

    op.create_table('patrol_plan',
    sa.Column('plan_id', sa.String(length=64), nullable=False),
    sa.Column('route_id', sa.String(length=64), nullable=False),
    sa.Column('device_id', sa.String(length=64), nullable=True),
    sa.Column('t0_s', sa.Double(), nullable=False),
    sa.Column('t1_s', sa.Double(), nullable=False),
    sa.Column('places_json', sa.Text(), nullable=False),
    sa.Column('cancelled', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('plan_id', name=op.f('pk_patrol_plan')),
    comment='What is to be flown, and which premises it is to look at'
    )
    with op.batch_alter_table('patrol_plan', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_patrol_plan_t0_s'), ['t0_s'], unique=False)

    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.add_column(sa.Column('dwell_s', sa.Double(), nullable=True))
        batch_op.add_column(sa.Column('revises', sa.String(length=128), nullable=True))
        batch_op.add_column(sa.Column('superseded_n', sa.BigInteger(), nullable=True))
        batch_op.create_index(batch_op.f('ix_visit_t0_s'), ['t0_s'], unique=False)

