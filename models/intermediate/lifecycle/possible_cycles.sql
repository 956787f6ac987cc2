{% set expiry = var('mql_expiry_days') %}

-- The moments are read only where MQLs expire, but must be there before. depends_on: {{ ref('stage_moments') }}

-- Every moment at which a cycle might begin, and where that cycle would end.
with

starts as (

    select
        lead_id,
        created_at as started_at,
        true as is_first
    from {{ ref('resolved_leads') }}
    {{ union_distinct() }}
    select
        lead_id,
        recycled_at as started_at,
        false as is_first
    from {{ ref('cycle_recycles') }}
    where recycled_at is not null
    {% if expiry %}
    {{ union_distinct() }}
    select
        lead_id,
        {{ add_time('moment', expiry, 'day') }} as started_at,
        false as is_first
    from {{ ref('stage_moments') }}
    where stage = 'mql' and has_authority and {{ add_time('moment', expiry, 'day') }} <= {{ as_of() }}
    {% endif %}

),

next_recycles as (

    select
        starts.lead_id,
        starts.started_at,
        starts.is_first,
        min(recycles.recycled_at) as recycled_at
    from starts
    left join {{ ref('cycle_recycles') }} as recycles
        on
            starts.lead_id = recycles.lead_id
            and recycles.recycled_at > starts.started_at
    group by starts.lead_id, starts.started_at, starts.is_first

)

{% if expiry %},

firsts as (

    select
        cycles.lead_id,
        cycles.started_at,
        cycles.is_first,
        cycles.recycled_at,
        min(case when moments.stage = 'mql' then moments.moment end) as mql_at,
        min(case when moments.stage = 'sal' then moments.moment end) as sal_at,
        min(case when moments.stage in ('sql', 'opportunity', 'customer', 'repeat_customer') then moments.moment end)
            as sales_at
    from next_recycles as cycles
    left join {{ ref('stage_moments') }} as moments
        on
            cycles.lead_id = moments.lead_id
            and moments.has_authority
            and moments.moment >= cycles.started_at
            and moments.moment < coalesce(cycles.recycled_at, {{ end_of_time() }})
            and {{ counts_in_cycle('moments', 'cycles.is_first', 'cycles.started_at') }}
    group by cycles.lead_id, cycles.started_at, cycles.is_first, cycles.recycled_at

),

-- An MQL that sales accepted before it became one was jumped over: there is nothing to expire.
expiries as (

    select
        firsts.*,
        {{ add_time('mql_at', expiry, 'day') }} as expires_at,
        mql_at <= coalesce(sal_at, {{ end_of_time() }}) as may_expire
    from firsts

)

select
    lead_id,
    started_at,
    is_first,
    case
        when
            may_expire
            and expires_at <= {{ as_of() }}
            and expires_at < coalesce(recycled_at, {{ end_of_time() }})
            and coalesce(sales_at, {{ end_of_time() }}) >= expires_at
            then expires_at
        else recycled_at
    end as ended_at,
    case
        when
            may_expire
            and expires_at <= {{ as_of() }}
            and expires_at < coalesce(recycled_at, {{ end_of_time() }})
            and coalesce(sales_at, {{ end_of_time() }}) >= expires_at
            then 'expired'
        when recycled_at is not null then 'recycled by sales'
    end as end_reason
from expiries
{% else %}

select
    lead_id,
    started_at,
    is_first,
    recycled_at as ended_at,
    case when recycled_at is not null then 'recycled by sales' end as end_reason
from next_recycles
{% endif %}
