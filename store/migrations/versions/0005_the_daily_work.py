"""the daily work"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'


def upgrade() -> None:
    op.create_table('finding',
    sa.Column('n', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('key', sa.String(length=128), nullable=False),
    sa.Column('org_id', sa.String(length=64), nullable=False),
    sa.Column('source', sa.String(length=16), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('level', sa.String(length=16), nullable=False),
    sa.Column('t_found_s', sa.Double(), nullable=False),
    sa.Column('day', sa.String(length=10), nullable=False),
    sa.Column('t_reported_s', sa.Double(), nullable=False),
    sa.Column('place_id', sa.String(length=64), nullable=True),
    sa.Column('cls', sa.String(length=16), nullable=True),
    sa.Column('person_id', sa.String(length=64), nullable=True),
    sa.Column('visit_key', sa.String(length=128), nullable=True),
    sa.Column('incident_id', sa.String(length=64), nullable=True),
    sa.Column('lat_deg', sa.Double(), nullable=True),
    sa.Column('lon_deg', sa.Double(), nullable=True),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('evidence_json', sa.Text(), nullable=False),
    sa.Column('origin', sa.String(length=64), nullable=True),
    sa.Column('born_json', sa.Text(), nullable=False),
    sa.Column('lead', sa.String(length=64), nullable=False),
    sa.Column('co_owners_json', sa.Text(), nullable=False),
    sa.Column('listed', sa.String(length=10), nullable=True),
    sa.Column('delisted', sa.String(length=10), nullable=True),
    sa.Column('rectified', sa.String(length=10), nullable=True),
    sa.Column('case_no', sa.String(length=64), nullable=True),
    sa.Column('case_filed', sa.String(length=10), nullable=True),
    sa.Column('listing_state', sa.String(length=16), nullable=True),
    sa.Column('listing_due', sa.String(length=10), nullable=True),
    sa.Column('standing_json', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('n', name=op.f('pk_finding')),
    sa.UniqueConstraint('key', name=op.f('uq_finding_key'))
    )
    with op.batch_alter_table('finding', schema=None) as batch_op:
        batch_op.create_index('ix_finding_case_filed', ['case_filed'], unique=False, sqlite_where=sa.text('case_filed IS NOT NULL'), postgresql_where=sa.text('case_filed IS NOT NULL'))
        batch_op.create_index('ix_finding_listed', ['listed'], unique=False, sqlite_where=sa.text('listed IS NOT NULL'), postgresql_where=sa.text('listed IS NOT NULL'))
        batch_op.create_index(batch_op.f('ix_finding_org_id_day_person_id'), ['org_id', 'day', 'person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_finding_place_id_t_found_s'), ['place_id', 't_found_s'], unique=False)
        batch_op.create_index('ix_finding_rectified', ['rectified'], unique=False, sqlite_where=sa.text('rectified IS NOT NULL'), postgresql_where=sa.text('rectified IS NOT NULL'))

    op.create_table('org',
    sa.Column('org_id', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('parent_id', sa.String(length=64), nullable=True),
    sa.Column('name_zh', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('build_json', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('org_id', name=op.f('pk_org'))
    )
    with op.batch_alter_table('org', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_org_parent_id'), ['parent_id'], unique=False)

    op.create_table('place',
    sa.Column('place_id', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('cls', sa.String(length=16), nullable=True),
    sa.Column('subtype', sa.String(length=64), nullable=False),
    sa.Column('risk', sa.Integer(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=True),
    sa.Column('address', sa.Text(), nullable=True),
    sa.Column('org_id', sa.String(length=64), nullable=True),
    sa.Column('district', sa.Text(), nullable=True),
    sa.Column('lat_deg', sa.Double(), nullable=True),
    sa.Column('lon_deg', sa.Double(), nullable=True),
    sa.Column('outline_json', sa.Text(), nullable=True),
    sa.Column('valid_from', sa.String(length=10), nullable=True),
    sa.Column('valid_until', sa.String(length=10), nullable=True),
    sa.PrimaryKeyConstraint('place_id', name=op.f('pk_place'))
    )
    with op.batch_alter_table('place', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_place_org_id_cls'), ['org_id', 'cls'], unique=False)

    op.create_table('place_year',
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('place_id', sa.String(length=64), nullable=False),
    sa.Column('org_id', sa.String(length=64), nullable=False),
    sa.Column('cls', sa.String(length=16), nullable=False),
    sa.Column('visits', sa.Integer(), nullable=False),
    sa.Column('inspections', sa.Integer(), nullable=False),
    sa.Column('t_last_s', sa.Double(), nullable=False),
    sa.PrimaryKeyConstraint('year', 'place_id', name=op.f('pk_place_year')),
    comment='How often each place was visited in a year, and when last: kept like tally',
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('place_year', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_place_year_year_org_id_cls'), ['year', 'org_id', 'cls'], unique=False)

    op.create_table('staff',
    sa.Column('person_id', sa.String(length=64), nullable=False),
    sa.Column('org_id', sa.String(length=64), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('party_member', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_staff'))
    )
    with op.batch_alter_table('staff', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_staff_org_id'), ['org_id'], unique=False)

    op.create_table('tally',
    sa.Column('day', sa.String(length=10), nullable=False),
    sa.Column('org_id', sa.String(length=64), nullable=False),
    sa.Column('cls', sa.String(length=16), nullable=False),
    sa.Column('visits', sa.Integer(), nullable=False),
    sa.Column('inspections', sa.Integer(), nullable=False),
    sa.Column('found', sa.Integer(), nullable=False),
    sa.Column('rectified', sa.Integer(), nullable=False),
    sa.Column('listed', sa.Integer(), nullable=False),
    sa.Column('delisted', sa.Integer(), nullable=False),
    sa.Column('cases', sa.Integer(), nullable=False),
    sa.Column('late_visits', sa.Integer(), nullable=False),
    sa.Column('late_inspections', sa.Integer(), nullable=False),
    sa.Column('late_found', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'org_id', 'cls', name=op.f('pk_tally')),
    comment='Counts of the rows per day, station and class, changed in the transaction that changes the rows; `store.tally.recount` counts them anew',
    sqlite_with_rowid=False
    )
    op.create_table('task',
    sa.Column('n', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('key', sa.String(length=128), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('org_id', sa.String(length=64), nullable=False),
    sa.Column('finding_key', sa.String(length=128), nullable=True),
    sa.Column('place_id', sa.String(length=64), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('t_opened_s', sa.Double(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('owner', sa.String(length=128), nullable=False),
    sa.Column('due', sa.String(length=10), nullable=True),
    sa.Column('repeat_of', sa.String(length=128), nullable=True),
    sa.Column('standing_json', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('n', name=op.f('pk_task')),
    sa.UniqueConstraint('key', name=op.f('uq_task_key'))
    )
    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_task_finding_key'), ['finding_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_task_org_id_state_due'), ['org_id', 'state', 'due'], unique=False)
        batch_op.create_index(batch_op.f('ix_task_owner_state'), ['owner', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_task_place_id'), ['place_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_task_state_due'), ['state', 'due'], unique=False)

    op.create_table('visit',
    sa.Column('n', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('key', sa.String(length=128), nullable=False),
    sa.Column('place_id', sa.String(length=64), nullable=False),
    sa.Column('org_id', sa.String(length=64), nullable=False),
    sa.Column('method', sa.String(length=16), nullable=False),
    sa.Column('t0_s', sa.Double(), nullable=False),
    sa.Column('t1_s', sa.Double(), nullable=False),
    sa.Column('day', sa.String(length=10), nullable=False),
    sa.Column('result', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('person_id', sa.String(length=64), nullable=True),
    sa.Column('ref', sa.String(length=128), nullable=False),
    sa.Column('cls', sa.String(length=16), nullable=True),
    sa.Column('seen_share', sa.Double(), nullable=True),
    sa.Column('slant_m', sa.Double(), nullable=True),
    sa.Column('evidence_json', sa.Text(), nullable=False),
    sa.Column('power_id', sa.String(length=64), nullable=True),
    sa.Column('origin', sa.String(length=64), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('t_reported_s', sa.Double(), nullable=False),
    sa.PrimaryKeyConstraint('n', name=op.f('pk_visit')),
    sa.UniqueConstraint('key', name=op.f('uq_visit_key'))
    )
    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.create_index('ix_visit_inspection', ['day'], unique=False, sqlite_where=sa.text("method = 'inspection'"), postgresql_where=sa.text("method = 'inspection'"))
        batch_op.create_index(batch_op.f('ix_visit_org_id_day_person_id_method'), ['org_id', 'day', 'person_id', 'method'], unique=False)
        batch_op.create_index(batch_op.f('ix_visit_place_id_t1_s'), ['place_id', 't1_s'], unique=False)
        batch_op.create_index('ix_visit_ref', ['ref'], unique=False, sqlite_where=sa.text("ref != ''"), postgresql_where=sa.text("ref != ''"))

    with op.batch_alter_table('ledger', schema=None) as batch_op:
        batch_op.create_index('ix_ledger_subject', ['subject'], unique=False)
